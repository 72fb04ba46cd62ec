"""A mail server that keeps each mail as a file, and fails on request.

    python dev/smtp_sink.py --port 8025 --dir .work/mails [--refuse] [--slow 2] [--die-after 10]

It prints "ready PORT" when it listens; with --port 0 it takes any free port.
"""

import argparse
import asyncio
import os
import re
import signal
import sys
from pathlib import Path

from aiosmtpd.smtp import SMTP


class Keeper:
    """Stores mails as NUMBER-RECIPIENT.eml, counting on from what is there."""

    def __init__(self, folder, refuse=False, slow=0.0, die_after=None):
        self.folder = folder
        self.refuse = refuse
        self.slow = slow
        self.die_after = die_after
        self.accepted = 0
        numbers = [re.match(r'\d+', path.name) for path in folder.glob('*.eml')]
        self.last = max((int(number[0]) for number in numbers if number), default=0)

    async def handle_RCPT(self, server, session, envelope, address, options):  # noqa: N802
        """Take the recipient, or refuse him for good."""
        if self.refuse:
            return "550 5.1.1 No such mailbox, as ordered by --refuse"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):  # noqa: N802
        """Store the mail. Whoever dies after the last one leaves the sender without an answer."""
        await asyncio.sleep(self.slow)
        self.last += 1
        self.accepted += 1
        recipient = re.sub(r'[^\w.@+-]', '_', envelope.rcpt_tos[0])
        path = self.folder / f"{self.last:05}-{recipient}.eml"
        trace = [f"Return-Path: <{envelope.mail_from}>"]
        trace += [f"Delivered-To: {address}" for address in envelope.rcpt_tos]
        head = "".join(f"{line}\r\n" for line in trace).encode()
        unfinished = path.with_suffix('.part')
        unfinished.write_bytes(head + envelope.original_content)
        unfinished.rename(path)
        if self.die_after is not None and self.accepted > self.die_after:
            os._exit(1)
        return "250 Kept"


def parse_arguments():
    """Return what the command line asks for."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('--host', default='127.0.0.1')
    parser.add_argument('--port', type=int, default=8025)
    parser.add_argument('--dir', type=Path, required=True, help="where the mails are kept")
    parser.add_argument('--refuse', action='store_true', help="refuse every recipient for good")
    parser.add_argument('--slow', type=float, default=0, metavar='SECONDS',
                        help="wait before each mail is taken")
    parser.add_argument('--die-after', type=int, metavar='N',
                        help="take N mails, keep one more, and die without saying so")
    return parser.parse_args()


async def serve(arguments):
    """Listen until asked to end."""
    keeper = Keeper(arguments.dir, arguments.refuse, arguments.slow, arguments.die_after)
    # The default limit of 32 MB is below what a merged letter with attachments can reach.
    loop = asyncio.get_running_loop()
    server = await loop.create_server(
        lambda: SMTP(keeper, data_size_limit=256 * 2**20), arguments.host, arguments.port)
    ended = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, ended.set)
    print("ready", server.sockets[0].getsockname()[1], flush=True)
    await ended.wait()


def main():
    """Run the server; return the exit code."""
    arguments = parse_arguments()
    arguments.dir.mkdir(parents=True, exist_ok=True)
    try:
        asyncio.run(serve(arguments))
    except OSError as error:
        print(f"cannot listen on port {arguments.port}: {error.strerror}", file=sys.stderr)
        return 1
    return 0


if __name__ == '__main__':
    sys.exit(main())
