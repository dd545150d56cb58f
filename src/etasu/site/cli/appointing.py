"""`etasu administrator` and `etasu appoint`: whoever works for a program, above all the first."""

from enum import StrEnum
from typing import TYPE_CHECKING, Annotated
from urllib.parse import urlsplit

import typer

from etasu.clock.time import now_utc
from etasu.registry.accounts import access
from etasu.safe_use.contacts import email_ok
from etasu.site.cli.answers import AsJson, Exit, Trouble, answer
from etasu.site.cli.preparation import prepare_current, program_named


class StaffRole(StrEnum):
    """Whoever works for a program, besides those who administer it."""

    SUPPORT_NURSE = access.SUPPORT_NURSE
    LAB_ANALYST = access.LAB_ANALYST
    SAFETY_REVIEWER = access.SAFETY_REVIEWER
    MODERATOR = access.MODERATOR
    AUDITOR = access.AUDITOR


if TYPE_CHECKING:
    from etasu.registry.accounts.mailed_links import Mailed
    from etasu.registry.participants.appointing import Appointed, Appointee


def administrator(
    email: Annotated[str, typer.Argument(help="The address the person signs in with.")],
    name: Annotated[str, typer.Option(help="Their full name; needed for a new account.")] = "",
    program: Annotated[
        str | None, typer.Option(help="Its code; needed where there are several.")
    ] = None,
    another: Annotated[
        bool, typer.Option("--another", help="Also where somebody administers it already.")
    ] = False,
    print_link: Annotated[
        bool, typer.Option("--print-link", help="Print the link, whether or not mail goes out.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Let somebody administer a program: the first one of a new site.

    They choose their password and second step themselves, with a link that works once, for an hour.
    It goes by mail where ETASU_SMTP_HOST names a server, and is printed otherwise. Run it again for
    a new link.
    """
    done = _done(email, name, program, access.ADMINISTRATOR, another)
    _tell(done, print_link, as_json)


def appoint(
    email: Annotated[str, typer.Argument(help="The address the person signs in with.")],
    role: Annotated[StaffRole, typer.Argument(help="What they do.")],
    name: Annotated[str, typer.Option(help="Their full name; needed for a new account.")] = "",
    program: Annotated[
        str | None, typer.Option(help="Its code; needed where there are several.")
    ] = None,
    end: Annotated[bool, typer.Option("--end", help="End the role instead, at once.")] = False,
    print_link: Annotated[
        bool, typer.Option("--print-link", help="Print the link, whether or not mail goes out.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Let somebody work for a program as support nurse, lab analyst, safety reviewer or auditor.

    Whoever has no account yet gets a link as an administrator does. With --end the role ends; the
    account, and everything the person did, stays.
    """
    if end:
        _dismiss(email, program, role, as_json)
    else:
        _tell(_done(email, name, program, role.value, another=True), print_link, as_json)


def _done(email: str, name: str, program: str | None, role: str, another: bool) -> "Appointed":
    prepare_current()
    from etasu.registry.participants.appointing import Appointee

    return _appoint(Appointee(program_named(program), _address(email), name, role), another)


def _address(email: str) -> str:
    if not email_ok(email.strip()):
        raise Trouble(f"{email} is not an e-mail address.", code=Exit.USAGE)
    return email


def _dismiss(email: str, program: str | None, role: StaffRole, as_json: bool) -> None:
    prepare_current()
    from etasu.registry.authorizations.operators import OPERATOR
    from etasu.registry.participants.appointing import Appointee, dismiss

    appointee = Appointee(program_named(program), _address(email), "", role.value)
    if not dismiss(appointee, by=OPERATOR, at=now_utc()):
        raise Trouble(f"{email} is no {_said(role.value)} of {appointee.program}.")
    body = {"role": role.value, "program": appointee.program, "ended": True}
    said = f"{email.strip().lower()} is no longer {_said(role.value)} of {appointee.program}."
    answer(as_json, body, said)


def _tell(done: "Appointed", print_link: bool, as_json: bool) -> None:
    link = _link(done.mailed) if done.mailed else None
    is_tried = link is not None and not print_link and _has_mail_server()
    is_sent = is_tried and _send(done, str(link))
    shown = None if is_sent else link
    body = {
        done.membership.role: done.membership.user.email,
        "program": done.membership.program,
        "is_new": done.is_new,
        "sent": is_sent,
        "link": shown,
    }
    said = _lines(done, is_sent, shown)
    if is_tried and not is_sent:
        said.insert(1, "The mail server did not take the message.")
    answer(as_json, body, *said)


def _said(role: str) -> str:
    return role.replace("_", " ")


def _appoint(appointee: "Appointee", another: bool) -> "Appointed":
    from etasu.registry.authorizations.operators import OPERATOR
    from etasu.registry.participants.appointing import (
        NotAppointed,
        Refusal,
        appoint,
    )

    refusals = {
        Refusal.THERE_IS_ONE: (
            f"Somebody administers {appointee.program} already.",
            "Add --another if there shall be one more.",
            Exit.FAILED,
        ),
        Refusal.NO_NAME: (
            f"{appointee.email} has no account here yet, and a new one needs a name.",
            'Add --name "Full Name".',
            Exit.USAGE,
        ),
        Refusal.NOT_A_PERSON: (
            f"{appointee.email} belongs to a system, not to a person.",
            "Use the person's own address.",
            Exit.FAILED,
        ),
        Refusal.CLOSED: (
            f"The account of {appointee.email} is closed.",
            "Use another address.",
            Exit.FAILED,
        ),
    }
    try:
        return appoint(appointee, is_further=another, by=OPERATOR, at=now_utc())
    except NotAppointed as refused:
        what, remedy, code = refusals[refused.why]
        raise Trouble(what, remedy, code=code) from refused


def _link(mailed: "Mailed") -> str:
    from django.conf import settings
    from django.urls import reverse

    return f"{settings.ETASU_SITE_URL}{reverse('account:new-password', args=[mailed.secret])}"


def _has_mail_server() -> bool:
    """Whether messages leave; a site without a server only keeps files of them."""
    from django.conf import settings

    return "smtp" in settings.EMAIL_BACKEND


def _send(done: "Appointed", link: str) -> bool:
    """Whether the mail server took the message."""
    from etasu.portals.account.sending import NotSent, send

    user = done.membership.user
    try:
        send("appointed", user.email, user.language, link=link)
    except NotSent:
        return False
    return True


def _lines(done: "Appointed", is_sent: bool, link: str | None) -> list[str]:
    who = done.membership
    since = "from now on" if done.is_new else "already"
    if who.role == access.ADMINISTRATOR:
        does = f"administers {who.program}"
    else:
        does = f"is {_said(who.role)} of {who.program}"
    lines = [f"{who.user.email} {does} {since}."]
    if done.mailed is None:
        return [*lines, "They have a password, and sign in as before."]
    if is_sent:
        return [*lines, "A link to choose a password went to that address. It works for an hour."]
    lines += [
        "Give them this link, and nobody else. It works once, for an hour:",
        f"  {link}",
    ]
    return lines + (_about_passkeys() if who.role == access.ADMINISTRATOR else [])


def _about_passkeys() -> list[str]:
    """A warning where the site's address is a bare number: no passkey could be made there."""
    from django.conf import settings

    host = urlsplit(settings.ETASU_SITE_URL).hostname or ""
    is_number = ":" in host or host.replace(".", "").isdecimal()
    if not is_number or settings.ETASU_SECOND_STEP == "offered":
        return []
    return [
        f"Administrators need a passkey, and a passkey needs a name: {host} is none.",
        "Set ETASU_SITE_URL to the address people open, such as https://rems.example.org.",
    ]
