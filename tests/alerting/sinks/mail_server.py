"""A mail server of a test's own, on a free port of loopback."""

import socketserver
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager


class MailServer(socketserver.ThreadingTCPServer):
    """As much of a mail server as a client needs; keeps what it is told."""

    daemon_threads = True
    refuses = False
    is_encrypted_at_once = False
    encryption: ssl.SSLContext | None = None

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Conversation)
        self.commands: list[str] = []
        self.mails: list[bytes] = []

    @property
    def place(self) -> str:
        """Where it listens."""
        return f"127.0.0.1:{self.server_address[1]}"


class _Conversation(socketserver.StreamRequestHandler):
    server: MailServer

    def say(self, line: str) -> None:
        self.wfile.write(f"{line}\r\n".encode())
        self.wfile.flush()

    def encrypt(self) -> None:
        assert self.server.encryption
        encrypted = self.server.encryption.wrap_socket(self.connection, server_side=True)
        self.connection = encrypted
        self.rfile, self.wfile = encrypted.makefile("rb"), encrypted.makefile("wb")

    def finish(self) -> None:
        super().finish()
        self.connection.close()

    def handle(self) -> None:
        if self.server.is_encrypted_at_once:
            self.encrypt()
        self.say("220 test")
        while line := self.rfile.readline().decode().strip():
            self.server.commands.append(line)
            verb = line.split()[0].upper()
            if verb == "EHLO":
                offers = "STARTTLS" if self.server.encryption else "AUTH PLAIN"
                self.say(f"250-test\r\n250 {offers}")
            elif verb == "STARTTLS":
                self.say("220 go on")
                self.encrypt()
            elif verb == "AUTH":
                self.say("235 welcome")
            elif verb == "RCPT" and self.server.refuses:
                self.say("550 nobody here")
            elif verb == "DATA":
                self.take_mail()
            elif verb == "QUIT":
                self.say("221 bye")
                return
            else:
                self.say("250 ok")

    def take_mail(self) -> None:
        self.say("354 go on")
        mail = b""
        while not mail.endswith(b"\r\n.\r\n"):
            mail += self.rfile.readline()
        self.server.mails.append(mail.removesuffix(b".\r\n"))
        self.say("250 taken")


@contextmanager
def running() -> Iterator[MailServer]:
    """Run a mail server."""
    with MailServer() as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()
