"""Where a patient lives, how they are reached and in which language: seen, checked and changed.

What was changed is in the trail by its kind alone. What somebody ended at an address, such as text
messages, stays ended at the one that takes its place: a new number is no new leave.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import NamedTuple

from django.db import transaction

from etasu.registry.audit import actions as audit
from etasu.registry.audit.actors import Actor
from etasu.registry.notices.wishes import OPTED_OUT, stopped_among, wish
from etasu.registry.participants.zones import is_zone, zone_of_zip
from etasu.registry.patients.enrollment import LANGUAGES
from etasu.registry.patients.models import Patient
from etasu.registry.patients.records import answered_for
from etasu.registry.patients.revisions import lock_patient
from etasu.registry.patients.wishing import wish_of
from etasu.safe_use.contacts import STATES, email_ok, phone_ok, zip_in_state, zip_ok
from etasu.safe_use.form_checks import Wrong
from etasu.safe_use.reminding import CHANNELS, address_by

# What the columns are called in the trail; the place is one thing.
KINDS = {
    "telephone": "telephone",
    "email": "email",
    "city": "address",
    "state": "address",
    "zip_code": "address",
    "language": "language",
    "time_zone": "time_zone",
}
_NO_WAY_LEFT = "telephone"
_CHECKS: Mapping[str, tuple[Callable[[str], bool], Wrong]] = {
    "telephone": (phone_ok, Wrong.NOT_PHONE),
    "email": (email_ok, Wrong.NOT_EMAIL),
    "state": (STATES.__contains__, Wrong.NOT_STATE),
    "zip_code": (zip_ok, Wrong.NOT_ZIP),
}


class ContactDetails(NamedTuple):
    """How a patient is reached; empty where nothing is known."""

    telephone: str
    email: str
    city: str
    state: str
    zip_code: str
    language: str
    time_zone: str

    @property
    def mark(self) -> str:
        """Tells this from what is on record after somebody else's change, and nothing else."""
        return hashlib.sha256("\0".join(self).encode()).hexdigest()


class Changed(NamedTuple):
    """What a change came to: the kinds of what was changed, and what was on record before."""

    kinds: tuple[str, ...]
    before: ContactDetails


class ContactChanged(Exception):
    """Somebody else changed it since it was read."""


class NotAContact(ValueError):
    """It cannot be right. `wrong` says by column what is."""

    def __init__(self, wrong: Mapping[str, Wrong]) -> None:
        super().__init__(", ".join(wrong))
        self.wrong = wrong


def contact_of(patient: Patient) -> ContactDetails:
    """How the patient is reached, as the record has it."""
    return ContactDetails(*(str(getattr(patient, name)) for name in ContactDetails._fields))


def change_contact(
    patient: Patient, wanted: ContactDetails, *, seen: str, how: str, by: Actor, at: datetime
) -> Changed:
    """Put on record how a patient is reached from now on, and tell the trail which kinds changed.

    `seen` is the mark of what was on record when somebody read it; `how` tells in which way it was
    learned. A time zone nobody chose follows the ZIP code. Raises ContactChanged or NotAContact.
    """
    with transaction.atomic():
        locked = lock_patient(patient)
        before = contact_of(locked)
        if before.mark != seen or answered_for(locked).pk != locked.pk:
            raise ContactChanged
        new = _with_its_zone(_tidied(wanted), before)
        if wrong := wrong_in(new, before):
            raise NotAContact(wrong)
        columns = changed_columns(new, before)
        kinds = tuple(dict.fromkeys(KINDS[name] for name in columns))
        if not kinds:
            return Changed((), before)
        _keep_their_word(locked, before, new, by, at)
        for name in columns:
            setattr(locked, name, getattr(new, name))
        locked.save(update_fields=columns)
        detail = {"kinds": list(kinds), "how": how}
        subject = ("patient", locked.number)
        audit.record("patient.contact_changed", subject=subject, by=by, at=at, detail=detail)
    return Changed(kinds, before)


def changed_columns(new: ContactDetails, before: ContactDetails) -> list[str]:
    """The columns in which two differ, in their order."""
    return [name for name in ContactDetails._fields if getattr(new, name) != getattr(before, name)]


def wrong_in(new: ContactDetails, before: ContactDetails) -> dict[str, Wrong]:
    """What cannot be right of what was changed, by column; what was there before is left alone."""
    changed = set(changed_columns(new, before))
    wrong = {
        name: problem
        for name, (is_right, problem) in _CHECKS.items()
        if name in changed and getattr(new, name) and not is_right(getattr(new, name))
    }
    if changed & {"state", "zip_code"} and new.state and new.zip_code and not wrong:
        if not zip_in_state(new.zip_code, new.state):
            wrong["zip_code"] = Wrong.ZIP_ELSEWHERE
    if "language" in changed and new.language not in LANGUAGES.values():
        wrong["language"] = Wrong.NOT_OFFERED
    if "time_zone" in changed and not is_zone(new.time_zone):
        wrong["time_zone"] = Wrong.NOT_OFFERED
    # Whoever could be reached is not lost by a slip.
    if not (new.telephone or new.email) and (before.telephone or before.email):
        wrong[_NO_WAY_LEFT] = Wrong.MISSING
    return wrong


def _tidied(wanted: ContactDetails) -> ContactDetails:
    tidy = ContactDetails(*(each.strip() for each in wanted))
    return tidy._replace(email=tidy.email.lower(), city=" ".join(tidy.city.split()))


def _with_its_zone(new: ContactDetails, before: ContactDetails) -> ContactDetails:
    """The same in the zone of a new ZIP code, unless another zone was chosen."""
    if new.zip_code[:5] == before.zip_code[:5] or new.time_zone != before.time_zone:
        return new
    return new._replace(time_zone=zone_of_zip(new.zip_code, before.time_zone))


def _keep_their_word(
    patient: Patient, before: ContactDetails, new: ContactDetails, by: Actor, at: datetime
) -> None:
    """What was ended at an old address stays ended; reminders speak the new language."""
    wanted = wish_of(patient)
    old, now = addresses(before), addresses(new)
    stopped = stopped_among(old.items())
    ended = {
        channel
        for channel, address in old.items()
        if address != now[channel] and stopped.get((channel, address)) == OPTED_OUT
    }
    channels = CHANNELS if wanted.channels is None else wanted.channels
    kept = tuple(each for each in channels if each not in ended)
    is_spoken_otherwise = wanted.language not in ("", new.language)
    is_other_language = before.language != new.language and is_spoken_otherwise
    if kept != channels or is_other_language:
        language = "" if is_other_language else wanted.language
        wish(patient.number, wanted._replace(channels=kept, language=language), by=by, at=at)


def addresses(contact: ContactDetails) -> dict[str, str]:
    """Where a message goes by each channel; empty for one by which nobody is reached."""
    reached = {"telephone": contact.telephone, "email": contact.email}
    return {channel: address_by(channel, **reached) for channel in CHANNELS}
