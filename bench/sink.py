"""A mail server that takes every mail and keeps none: `python -m bench.sink` prints its port.

Only what smtplib says is understood. It runs as a process of its own, so that its work does not
count as the sender's.
"""

import asyncio


async def serve(reader, writer):
    """Talk to one client until it leaves."""
    def say(text):
        writer.write(text.encode() + b'\r\n')
    say('220 sink')
    try:
        while line := await reader.readline():
            word = line[:4].upper().strip()
            if word == b'EHLO':
                say('250-sink\r\n250-8BITMIME\r\n250 SMTPUTF8')
            elif word == b'DATA':
                say('354 go on')
                await writer.drain()
                while await reader.readline() != b'.\r\n':
                    pass
                say('250 taken')
            elif word == b'QUIT':
                say('221 bye')
                break
            else:
                say('250 ok')
            await writer.drain()
    finally:
        writer.close()


async def main():
    server = await asyncio.start_server(serve, '127.0.0.1', 0, limit=2**24)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


if __name__ == '__main__':
    asyncio.run(main())
