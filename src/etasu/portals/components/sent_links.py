"""The links a patient was sent to sign a form: when, where, and what became of each."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any, NamedTuple

from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from etasu.portals.components.dates import brief_moment
from etasu.registry.accounts.access import PATIENT
from etasu.registry.submissions.actions import LinkState
from etasu.registry.submissions.facts import definition_of, draft_problems, links_of, waiting_for
from etasu.safe_use.forms import CONSENT, stated_by

STATES: dict[LinkState | None, Promise] = {
    None: _("Sent; not signed yet"),
    LinkState.USED: _("Signed by this link"),
    LinkState.EXPIRED: _("Expired unused"),
    LinkState.REVOKED: _("Ended unused"),
    LinkState.CLOSED: _("Ended with the form"),
}
NOT_SENT = _("Not sent: nobody took the message")
_DIGITS_LEFT = 4


class SentLink(NamedTuple):
    """One link: to whom, when, until when, and how it stands. `asked` when a new one is wanted."""

    link: Any
    to: str
    sent_at: datetime | None
    until: datetime
    state: str
    is_open: bool
    asked: bool


def sent_links(draft: Any, at: datetime) -> list[SentLink]:
    """Every link made for the patient, newest first. Only the newest can be asked about."""
    found = links_of(draft, PATIENT, at)
    return [
        SentLink(
            link=each.link,
            to=masked(each.link.sent_to),
            sent_at=each.link.sent_at,
            until=each.link.valid_until,
            state=str(STATES[each.state] if each.link.sent_at or each.state else NOT_SENT),
            is_open=each.state is None,
            asked=each.has_request and place == 0,
        )
        for place, each in enumerate(found)
    ]


def link_note(draft: Any, at: datetime, zone: str) -> str:
    """How the patient's signature by link stands, in one line for a list; "" without a link."""
    newest = next(iter(sent_links(draft, at)), None)
    if newest is None:
        return ""
    if newest.asked:
        return gettext("The patient asks for a new link.")
    if not newest.is_open or newest.sent_at is None:
        return newest.state
    wanted = waiting_for(draft)
    if wanted is None or wanted.role != PATIENT:
        # Signed in another way meanwhile: the link opens nothing any more.
        return ""
    said = gettext("Waits for the patient. The link was sent %(sent)s and is good until %(until)s.")
    return said % {
        "sent": brief_moment(newest.sent_at, zone),
        "until": brief_moment(newest.until, zone),
    }


def lacks_answers(draft: Any, on: date) -> bool:
    """Whether anything is missing or wrong that the patient is not asked by the link."""
    theirs = {each.code for each in stated_by(definition_of(draft)[1], PATIENT)}
    wrong = {each.field for each in draft_problems(draft, on)} - theirs
    return any(not each.startswith(CONSENT) for each in wrong)


def masked(address: str) -> str:
    """Of an e-mail address or telephone number just enough to know it: `m•••@example.org`."""
    name, at_sign, host = address.partition("@")
    if address and not at_sign:
        return f"•••{address[-_DIGITS_LEFT:]}"
    return f"{name[:1]}•••{at_sign}{host}" if at_sign else ""
