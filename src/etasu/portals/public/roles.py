"""The steps each role takes to enroll, printed from the program."""

from __future__ import annotations

from typing import NamedTuple
from urllib.parse import urlencode

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from etasu.portals.public.here import Here
from etasu.portals.public.speaking import Text, Words
from etasu.programs.public_site import RoleGuide
from etasu.registry.accounts import access
from etasu.safe_use.dates import Span, Unit
from etasu.safe_use.program import Party, Step, StepKind

PATIENT = "patient"


class RoleLink(NamedTuple):
    """One role to choose, and the page with its steps."""

    code: str
    name: Words
    lead: str
    lang: str
    url: str
    is_current: bool


class StepLine(NamedTuple):
    """One step; `detail` says more about it, and `url` leads to what is to be read."""

    name: Words
    detail: str
    url: str


class RolePage(NamedTuple):
    """Everything one role does to enroll."""

    code: str
    name: Words
    guide: Text | None
    at_hand: list[Words]
    minutes: int | None
    renewal: str
    steps: list[StepLine]
    lessons: list[Text]
    begin: str
    notes: list[Text]


def role_links(here: Here, current: str = "") -> list[RoleLink]:
    """Every role of the program, patients last."""
    names = {code: party.name for code, party in here.version.parties.items()}
    names[PATIENT] = here.version.patient.name
    return [_link(here, code, name, current) for code, name in names.items()]


def role_page(here: Here, code: str) -> RolePage | None:
    """The page of a role; None for one the program does not have."""
    if code == PATIENT:
        return _for_patients(here)
    party = here.version.parties.get(code)
    return _for_party(here, party) if party else None


def _link(here: Here, code: str, name: str, current: str) -> RoleLink:
    guide = here.speaker.text(_guide(here, code))
    url = reverse("public:enroll-role", kwargs={"program": here.code, "role": code})
    lead = guide.title if guide else ""
    lang = guide.lang if guide else ""
    return RoleLink(code, here.speaker.name(name), lead, lang, url, code == current)


def _for_party(here: Here, party: Party) -> RolePage:
    return _page(
        here,
        party.code,
        party.name,
        renewal=_renewal(party),
        steps=[_step(here, step) for step in party.steps],
        lessons=[],
        begin=_begin(here, party),
    )


def _for_patients(here: Here) -> RolePage:
    return _page(
        here,
        PATIENT,
        here.version.patient.name,
        renewal="",
        steps=[],
        lessons=here.speaker.texts(here.site.steps),
        begin="",
    )


def _page(
    here: Here,
    code: str,
    name: str,
    *,
    renewal: str,
    steps: list[StepLine],
    lessons: list[Text],
    begin: str,
) -> RolePage:
    guide = _guide(here, code)
    said = here.speaker.text(guide)
    return RolePage(
        code=code,
        name=here.speaker.name(name),
        guide=said,
        at_hand=here.speaker.lines(guide, "at_hand"),
        minutes=guide.minutes if guide else None,
        renewal=renewal,
        steps=steps,
        lessons=lessons,
        begin=begin,
        notes=[said, *lessons] if said else lessons,
    )


def _guide(here: Here, code: str) -> RoleGuide | None:
    return next((each for each in here.site.roles if each.code == code), None)


def _begin(here: Here, party: Party) -> str:
    """Where enrollment begins; empty for a kind nobody can sign in for, who calls instead."""
    role = f"{party.code}_representative" if party.has_representative else party.code
    if not here.is_open or role not in access.ROLES:
        return ""
    return f"{reverse('account:register')}?{urlencode({'as': role, 'program': here.code})}"


def _renewal(party: Party) -> str:
    if party.renew_every is None:
        return _("You certify once. There is no renewal.")
    return _("Renew every %(span)s.") % {"span": span_said(party.renew_every)}


def span_said(span: Span) -> str:
    """A span in words, in the language of the page."""
    count = span.count
    said = {
        Unit.DAYS: ngettext("%(n)d day", "%(n)d days", count),
        Unit.BUSINESS_DAYS: ngettext("%(n)d business day", "%(n)d business days", count),
        Unit.MONTHS: ngettext("%(n)d month", "%(n)d months", count),
        Unit.YEARS: ngettext("%(n)d year", "%(n)d years", count),
    }
    return said[span.unit] % {"n": count}


def _step(here: Here, step: Step) -> StepLine:
    return StepLine(here.speaker.name(step.name), _detail(step), _reading(here, step))


def _detail(step: Step) -> str:
    if step.kind is StepKind.ASSESS and step.items:
        said = ngettext("%(n)d question", "%(n)d questions", step.items) % {"n": step.items}
        return f"{said}. {_('You may try again.')}"
    return {
        StepKind.REGISTER: _("You make your own account, with your own password or passkey."),
        StepKind.SIGN: _("You sign on the screen. No paper and no fax is needed."),
        StepKind.TRAIN_STAFF: _("You keep the record; the program may ask to see it."),
    }.get(step.kind, "")


def _reading(here: Here, step: Step) -> str:
    material = here.version.materials.get(step.material or "")
    if material is None:
        return ""
    return reverse("public:downloads", kwargs={"program": here.code}) + f"#{material.code}"
