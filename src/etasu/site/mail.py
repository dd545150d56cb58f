"""E-mail: through the operator's server, or into a folder where each message is a file."""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from django.core.mail import EmailMessage
from django.core.mail.backends.base import BaseEmailBackend

SECONDS_TO_WAIT = 20


class MailMisconfigured(Exception):
    """What the operator said about e-mail cannot be used; the message says what and why."""


class FolderBackend(BaseEmailBackend):
    """Writes each message to a file of its own, for sites without a mail server.

    The same message sent again writes the same file, as its Message-ID is the name.
    """

    def __init__(self, file_path: str | Path | None = None, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.folder = Path(file_path) if file_path else mail_folder()

    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        """Write them all; how many."""
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        for each in email_messages:
            said = each.message()
            kept = re.sub(r"[^\w.-]+", "-", str(said["Message-ID"])).strip("-.")
            path = self.folder / f"{kept}.eml"
            draft = path.with_suffix(".new")
            draft.write_bytes(said.as_bytes())
            draft.rename(path)
        return len(email_messages)


def mail_folder() -> Path:
    """Where messages are written when no mail server is named."""
    from etasu.site.database import home_folder

    return home_folder() / "mail"


def is_kept_as_files() -> bool:
    """Whether no mail server is named, so that messages stay in the folder."""
    return not os.environ.get("ETASU_SMTP_HOST", "").strip()


def mail_settings() -> dict[str, Any]:
    """Django's settings for e-mail, from the environment. Without a server, a folder of files."""
    sender = os.environ.get("ETASU_MAIL_FROM", "").strip() or "etasu@localhost"
    found: dict[str, Any] = {
        "DEFAULT_FROM_EMAIL": sender,
        "SERVER_EMAIL": sender,
        "EMAIL_TIMEOUT": SECONDS_TO_WAIT,
    }
    host = os.environ.get("ETASU_SMTP_HOST", "").strip()
    if not host:
        return found | {"EMAIL_BACKEND": "etasu.site.mail.FolderBackend"}
    safety = os.environ.get("ETASU_SMTP_TLS", "starttls").strip().lower()
    if safety not in _PORTS:
        raise MailMisconfigured(f"ETASU_SMTP_TLS is one of {', '.join(_PORTS)}, not {safety}.")
    return found | {
        "EMAIL_BACKEND": "django.core.mail.backends.smtp.EmailBackend",
        "EMAIL_HOST": host,
        "EMAIL_PORT": _port(os.environ.get("ETASU_SMTP_PORT", ""), _PORTS[safety]),
        "EMAIL_HOST_USER": os.environ.get("ETASU_SMTP_USER", ""),
        "EMAIL_HOST_PASSWORD": _password(),
        "EMAIL_USE_TLS": safety == "starttls",
        "EMAIL_USE_SSL": safety == "tls",
    }


def site_address() -> str:
    """The address people open, without a slash at its end; links in e-mail begin with it."""
    if named := os.environ.get("ETASU_SITE_URL", "").strip():
        return named.rstrip("/")
    host, port = os.environ.get("ETASU_HOST", "127.0.0.1"), os.environ.get("ETASU_PORT", "8000")
    return f"http://{host}:{port}"


_PORTS = {"starttls": 587, "tls": 465, "off": 25}


def _port(said: str, usual: int) -> int:
    if not said.strip():
        return usual
    if not said.strip().isdecimal() or not 0 < int(said) < 65536:
        raise MailMisconfigured(f"ETASU_SMTP_PORT is a port number, not {said}.")
    return int(said)


def _password() -> str:
    named = os.environ.get("ETASU_SMTP_PASSWORD_FILE")
    if not named:
        return os.environ.get("ETASU_SMTP_PASSWORD", "")
    try:
        return Path(named).read_text(encoding="utf-8").strip()
    except OSError as trouble:
        said = f"The mail password file {named} cannot be read: {trouble.strerror}"
        raise MailMisconfigured(said) from None
