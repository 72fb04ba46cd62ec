"""A real SMTP server in a thread that keeps what it accepts, and misbehaves where it is told to."""
import asyncio
import socket
import threading
from collections import Counter
from email import message_from_bytes, policy

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP

TIMEOUT = 30  # seconds that anything may take before a test gives up


class Hold:
    """Stops the mail server in the middle of a mail until the test lets it go on."""

    def __init__(self, has_accepted):
        self.has_accepted = has_accepted
        self._reached, self._released = threading.Event(), threading.Event()

    def wait(self):
        """Wait until the mail server has read the whole mail and owes its answer."""
        assert self._reached.wait(TIMEOUT), "no mail came to the mail server"

    def release(self):
        self._released.set()


class _Protocol(SMTP):
    """The protocol of aiosmtpd, with a greeting that can be refused."""

    def __init__(self, sink, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self._sink = sink

    async def push(self, status):
        if self._sink.greeting and str(status).startswith('220 '):
            await super().push(self._sink.greeting)
            self.transport.close()
            return
        await super().push(status)


class _Controller(Controller):
    def factory(self):
        return _Protocol(self.handler, self.handler)


class Sink:
    """The mail server: `mails` holds what it took responsibility for, in order.

    Rules are kept per recipient: `replies` at the recipient (`'RCPT'`) or at the end of the mail
    (`'DATA'`), either an SMTP answer or `'drop'` for a lost connection; `delays` in seconds; `lies`
    about mails that are kept, without saying so (`'drop'`) or only after a while (`'slow'`).
    """

    def __init__(self):
        with socket.socket() as free:
            free.bind(('127.0.0.1', 0))
            self.port = free.getsockname()[1]
        self._controller = None
        self.clear()

    def clear(self):
        """Forget all mails and rules."""
        self.mails, self.replies, self.delays, self.holds, self.lies = [], {}, {}, {}, {}
        self.greeting = self.sender_reply = None

    def start(self):
        if self._controller is None:
            self._controller = _Controller(self, hostname='127.0.0.1', port=self.port)
            self._controller.start()

    def stop(self):
        if self._controller is not None:
            self._controller.stop()
            self._controller = None

    def hold(self, address, has_accepted):
        """Stop at the end of the mail to ``address``, before or after taking it."""
        self.holds[address] = Hold(has_accepted)
        return self.holds[address]

    def count(self):
        """Return {recipient: number of mails accepted}."""
        return Counter(mail['X-Rcpt'] for mail in self.mails)

    # Called by aiosmtpd -------------------------------------------------------------------------

    async def handle_MAIL(self, server, session, envelope, address, mail_options):
        if self.sender_reply:
            return self.sender_reply
        envelope.mail_from = address
        return "250 OK"

    async def handle_RCPT(self, server, session, envelope, address, rcpt_options):
        reply = self.replies.get(('RCPT', address))
        if reply == 'drop':
            server.transport.abort()
            return "421 gone"
        if reply:
            return reply
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        [address] = envelope.rcpt_tos
        await asyncio.sleep(self.delays.get(address, 0))
        hold = self.holds.pop(address, None)
        if hold and hold.has_accepted:
            self._keep(address, envelope)
        if hold:
            hold._reached.set()
            await asyncio.get_running_loop().run_in_executor(None, hold._released.wait, TIMEOUT)
            return "250 OK"
        lie = self.lies.pop(address, None)
        if lie:
            self._keep(address, envelope)
            if lie == 'drop':
                server.transport.abort()
                return "421 gone"
            await asyncio.sleep(.3)
            return "250 OK"
        reply = self.replies.get(('DATA', address))
        if reply == 'drop':
            server.transport.abort()
            return "421 gone"
        if reply:
            return reply
        self._keep(address, envelope)
        return "250 OK"

    def _keep(self, address, envelope):
        mail = message_from_bytes(envelope.content, policy=policy.default)
        mail['X-Rcpt'] = address
        self.mails.append(mail)
