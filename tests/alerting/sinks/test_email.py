"""Telling by mail."""

import email
import email.policy
import ssl
from dataclasses import replace
from pathlib import Path

import pytest

from tests.alerting.sinks.certificate import make_certificate
from tests.alerting.sinks.conftest import NOTICE, faults_of, sink_of
from tests.alerting.sinks.mail_server import running

PEOPLE = {
    "alert_email_from": "piigate@example.org",
    "alert_email_to": "a@example.org b@example.org",
}


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
