"""A site that was certified long ago by a signed form, and somebody who represents it."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import NamedTuple

from etasu.registry import reactions
from etasu.registry.accounts.models import User
from etasu.registry.audit.actors import PLATFORM, Actor
from etasu.registry.participants.actions import record_step, register_participant
from etasu.registry.participants.known import known_about
from etasu.registry.participants.models import Participant
from etasu.registry.submissions.actions import (
    Beginning,
    Sitting,
    ToSign,
    begin_draft,
    save_answers,
)
from etasu.registry.submissions.facts import draft_text
from etasu.safe_use.form_text import hash_of
from etasu.safe_use.program import StepKind
from tests.factories.answers import right_answers
from tests.portals.world import PROGRAM, add_person, version

ROLE = "facility_representative"


class Site(NamedTuple):
    """The facility, who represents it, and the last day of its certification."""

    facility: Participant
    representative: User
    ends: date


def site_that_ends(on: date, at: datetime, name: str = "Lakeside", person: str = "ruth") -> Site:
    """A facility whose two years end on that day, signed for by the person two years before."""
    begins = (on + timedelta(days=1)).replace(year=on.year - 2)
    then = at - timedelta(days=(at.date() - begins).days)
    site = register_participant(
        PROGRAM, "facility", name, by=PLATFORM, at=then, npi="1003000126", setting="hospital",
        city="Boston", state="MA", zip_code="02139", telephone="617-555-0142", time_zone="UTC",
    )  # fmt: skip
    user = add_person(PROGRAM, person, ROLE, site, then)
    definition = version(PROGRAM, begins)
    by = Actor(user.number, ROLE)
    for step in definition.parties["facility"].steps:
        if step.kind is not StepKind.SIGN:
            record_step(site, definition, step.code, on=begins, by=by, at=then)
    sign_enrollment(site, user, then)
    return Site(Participant.objects.get(pk=site.pk), user, on)


def sign_enrollment(site: Participant, user: User, at: datetime) -> None:
    """The site's enrollment form, filled in and signed as the program asks."""
    definition = version(PROGRAM, at.date())
    form = definition.forms["facility-enrollment"]
    by, known = Actor(user.number, ROLE), known_about(site, user)
    beginning = Beginning(
        PROGRAM, form.code, "participant", site.pk, site.number, site.pk, known=known
    )
    draft = begin_draft(beginning, by=by, at=at, on=at.date())
    answers = right_answers(form, at.date()) | {"zip": site.zip_code, "state": site.state}
    save_answers(draft, answers, seen_revision=draft.revision, by=by, at=at)
    to_sign = ToSign(draft.number, ROLE, hash_of(draft_text(draft)), user.full_name)
    reactions.forms_signed([to_sign], Sitting("password", "UTC", at, site.pk), by=by, at=at)
