"""A mail by SMTP for each telling, over STARTTLS or TLS, with a login where one is needed."""

import json
import smtplib
import ssl
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import format_datetime

from alerting.errors import InvalidSettings
from alerting.telling.notice import Notice, Publish, Sink
from alerting.telling.settings import TellingSettings
from alerting.telling.sinks import missing

_PORTS = {"starttls": 587, "tls": 465, "none": 25}


def create(settings: TellingSettings, publish: Publish) -> Sink:  # noqa: ARG001 - as all sinks
    """Return the sink; raises InvalidSettings."""
    missing("email", settings, "alert_email_server", "alert_email_from", "alert_email_to")
    faults = [
        f"{name}: {text!r} is no mail address"
        for name, texts in (
            ("ALERT_EMAIL_FROM", (settings.alert_email_from or "",)),
            ("ALERT_EMAIL_TO", settings.alert_email_to),
        )
        for text in texts
        if not _is_address(text)
    ]
    if not _place(settings)[1]:
        faults.append("ALERT_EMAIL_SERVER: write host or host:port")
    if faults:
        raise InvalidSettings(faults)

    def tell(notice: Notice) -> None:
        with _connected(settings) as server:
            server.send_message(_mail(notice, settings))

    return tell


def _connected(settings: TellingSettings) -> smtplib.SMTP:
    """Return a connection to the mail server, encrypted and logged in as the settings ask for."""
    host, port = _place(settings)
    timeout_s = settings.alert_timeout
    if settings.alert_email_security == "tls":
        context = ssl.create_default_context()
        server: smtplib.SMTP = smtplib.SMTP_SSL(host, port, timeout=timeout_s, context=context)
    else:
        server = smtplib.SMTP(host, port, timeout=timeout_s)
    try:
        if settings.alert_email_security == "starttls":
            server.starttls(context=ssl.create_default_context())
        if settings.alert_email_user and settings.alert_email_password:
            server.login(
                settings.alert_email_user, settings.alert_email_password.get_secret_value()
            )
    except BaseException:
        server.close()
        raise
    return server


def _place(settings: TellingSettings) -> tuple[str, int]:
    """Return host and port; the port is 0 when what stands there is none."""
    given = settings.alert_email_server or ""
    host, colon, port = given.rpartition(":")
    if not colon or given.endswith("]"):
        return given.strip("[]"), _PORTS[settings.alert_email_security]
    return host.strip("[]"), int(port) if port.isdecimal() and int(port) < 65536 else 0


def _is_address(text: str) -> bool:
    try:
        address = Address(addr_spec=text)
    except (ValueError, IndexError):
        return False
    return bool(address.username and address.domain)


def _mail(notice: Notice, settings: TellingSettings) -> EmailMessage:
    mail = EmailMessage()
    domain = (settings.alert_email_from or "").rpartition("@")[2]
    mail["From"] = settings.alert_email_from
    mail["To"] = ", ".join(settings.alert_email_to)
    mail["Subject"] = _one_line(f"piigate: {notice.summary}")
    mail["Date"] = format_datetime(notice.last_seen)
    # The same for each try, so that mailboxes show one mail.
    mail["Message-ID"] = f"<{notice.id}@{domain}>"
    mail["References"] = f"<{notice.incident_id}@{domain}>"
    mail["Auto-Submitted"] = "auto-generated"  # RFC 3834
    facts = {**notice.facts(), "kinds": ", ".join(notice.kinds)}
    pointers = "\n".join(f"  {pointer or '(the whole payload)'}" for pointer in notice.pointers)
    facts["pointers"] = f"\n{pointers}"
    lines = [f"{name.replace('_', ' ')}: {_shown(value)}" for name, value in facts.items()]
    mail.set_content("\n".join([notice.summary, "", *lines, ""]))
    return mail


def _shown(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value)


def _one_line(text: str) -> str:
    """Return a text that is safe in a header: line breaks would begin another one."""
    return "".join(one if one.isprintable() else " " for one in text)[:200]
