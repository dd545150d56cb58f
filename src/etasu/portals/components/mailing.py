"""Sending a message at once, while somebody waits for it: lines, a link, a code.

Messages that can wait go through the outbox. Neither subject nor log ever names anybody.
"""

from __future__ import annotations

from collections.abc import Iterable
from smtplib import SMTPException

import structlog
from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.template.loader import render_to_string
from django.utils import translation

_log = structlog.get_logger("etasu.mail")


def send_at_once(
    mail: str, subject: str, lines: Iterable[str], *, to: str, link: str = "", code: str = ""
) -> bool:
    """Send a message in the language of the moment; whether the mail server took it.

    `mail` is what the log calls it. The site's name goes before the subject.
    """
    site = str(settings.ETASU_SITE_NAME)
    context = {
        "lines": list(lines),
        "link": link,
        "code": code,
        "site": site,
        "language": translation.get_language(),
    }
    message = EmailMultiAlternatives(
        subject=f"{site}: {subject}", body=render_to_string("mail/message.txt", context), to=[to]
    )
    message.attach_alternative(render_to_string("mail/message.html", context), "text/html")
    try:
        return bool(message.send())
    except (OSError, SMTPException) as trouble:
        _log.error("mail_not_sent", mail=mail, kind=type(trouble).__name__)
        return False
