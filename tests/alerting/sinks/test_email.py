"""Telling by mail."""

import email
import email.policy
import socketserver
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from tests.alerting.sinks.certificate import make_certificate
from tests.alerting.sinks.conftest import NOTICE, faults_of, sink_of

PEOPLE = {
    "alert_email_from": "piigate@example.org",
    "alert_email_to": "a@example.org b@example.org",
}


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


def test_a_telling_is_one_mail_to_all() -> None:
    """The mail says how many alerts there were, to each of those named."""
    with running() as server:
        sink_of("email", alert_email_server=server.place, alert_email_security="none", **PEOPLE)(
            NOTICE
        )
        (raw,) = server.mails
        assert [one for one in server.commands if one.startswith("rcpt")] == [
            "rcpt TO:<a@example.org>",
            "rcpt TO:<b@example.org>",
        ]
    mail = email.message_from_bytes(raw, policy=email.policy.default)
    assert mail["Subject"] == "piigate: 100000 alerts (high) of shop: email, phone"
    assert mail["Message-ID"] == f"<{NOTICE.id}@example.org>"
    body = mail.get_body()
    assert body
    text = body.get_content().replace("\r\n", "\n")
    assert "count: 100000" in text
    assert "  /contacts/*/email\n  (the whole payload)\n" in text


def test_a_line_break_in_a_name_adds_no_header() -> None:
    """What a caller is called stays within its header."""
    with running() as server:
        sink = sink_of(
            "email", alert_email_server=server.place, alert_email_security="none", **PEOPLE
        )
        sink(replace(NOTICE, caller="shop\r\nBcc: eve@example.org"))
        mail = email.message_from_bytes(server.mails[0], policy=email.policy.default)
    assert mail["Bcc"] is None


def test_a_login_is_sent_where_it_is_set() -> None:
    """User and password go to the server in the one way that it offers."""
    with running() as server:
        login = {"alert_email_user": "ann", "alert_email_password": "secret"}
        sink_of(
            "email", alert_email_server=server.place, alert_email_security="none", **PEOPLE, **login
        )(NOTICE)
        assert any(one.startswith("AUTH PLAIN") for one in server.commands)


@pytest.mark.parametrize("security", ["starttls", "tls"])
def test_a_mail_goes_over_an_encrypted_connection(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, security: str
) -> None:
    """Both ways of encryption work, with a certificate that the system trusts."""
    certificate = make_certificate(tmp_path, "localhost")
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    with running() as server:
        server.encryption = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        server.encryption.load_cert_chain(certificate)
        server.is_encrypted_at_once = security == "tls"
        place = server.place.replace("127.0.0.1", "localhost")
        sink_of("email", alert_email_server=place, alert_email_security=security, **PEOPLE)(NOTICE)
        assert len(server.mails) == 1


def test_a_server_without_encryption_gets_nothing() -> None:
    """By default the connection must become encrypted before anything is said."""
    with running() as server:
        with pytest.raises(OSError, match="STARTTLS"):
            sink_of("email", alert_email_server=server.place, **PEOPLE)(NOTICE)
        assert server.mails == []


def test_a_refused_mail_is_an_error() -> None:
    """When nobody takes the mail, the telling fails, to be tried again."""
    with running() as server:
        server.refuses = True
        sink = sink_of(
            "email", alert_email_server=server.place, alert_email_security="none", **PEOPLE
        )
        with pytest.raises(OSError, match="nobody here"):
            sink(NOTICE)


def test_what_it_needs_is_named() -> None:
    """Every setting that is missing or wrong is told at once."""
    assert [fault.partition(":")[0] for fault in faults_of("email")] == [
        "ALERT_EMAIL_SERVER",
        "ALERT_EMAIL_FROM",
        "ALERT_EMAIL_TO",
    ]
    wrong = {"alert_email_from": "nobody", "alert_email_to": "a@b.c x"}
    assert [
        fault.partition(":")[0] for fault in faults_of("email", alert_email_server="h:p", **wrong)
    ] == ["ALERT_EMAIL_FROM", "ALERT_EMAIL_TO", "ALERT_EMAIL_SERVER"]
