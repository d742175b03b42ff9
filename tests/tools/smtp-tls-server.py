"""A mail server with STARTTLS and AUTH for tests, on 127.0.0.1: smtp-tls-server.py CERT KEY LOG [starttls|smtps|plain]

Prints its port. LOG: one line for every command and every message taken. The one login is me / secret."""
import asyncio
import ssl
import sys

from aiosmtpd.smtp import SMTP, AuthResult

certificate, key, log, mode = (sys.argv + ["starttls"])[1:5]


def note(*words):
    with open(log, "a") as file:
        print(*words, file=file, flush=True)


def check(server, session, envelope, mechanism, data):
    good = data.login == b"me" and data.password == b"secret"
    note("AUTH", mechanism, "good" if good else "bad", "encrypted" if session.ssl or mode == "smtps" else "CLEAR")
    return AuthResult(success=good, handled=False if not good else True)


class Server(SMTP):
    async def smtp_MAIL(self, arg):
        note("MAIL", arg)
        return await super().smtp_MAIL(arg)

    async def smtp_EHLO(self, arg):
        note("EHLO", arg)
        return await super().smtp_EHLO(arg)


class Handler:
    async def handle_DATA(self, server, session, envelope):
        note("TOOK", envelope.rcpt_tos[0], len(envelope.content))
        return "250 2.0.0 Ok: queued as AIO1"


def make_context():
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    return context


def make_server():
    return Server(Handler(), hostname="127.0.0.1", tls_context=make_context() if mode == "starttls" else None,
                  require_starttls=mode == "starttls", authenticator=check, auth_required=mode != "plain",
                  auth_require_tls=mode == "starttls")


async def main():
    context = make_context() if mode == "smtps" else None
    server = await asyncio.get_running_loop().create_server(make_server, "127.0.0.1", 0, ssl=context)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


asyncio.run(main())
