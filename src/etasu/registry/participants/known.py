"""What the registry knows of a participant and of who acts for it, by the program's `known_as`."""

from __future__ import annotations

from etasu.registry.accounts.models import User
from etasu.registry.participants.models import Participant
from etasu.registry.submissions.known import known_from_forms
from etasu.safe_use.names import told_or_parted


def known_about(participant: Participant, user: User) -> dict[str, object]:
    """What a form of the participant can be filled in with; what is not known is left out."""
    name = participant.name
    told = known_from_forms("participant", participant.pk)
    first, last = told_or_parted(
        user.full_name, str(told.pop("own_first_name", "")), str(told.pop("own_last_name", ""))
    )
    own = {
        "participant_number": participant.number,
        "participant_name": name,
        "participant_npi": participant.npi,
        "participant_dea": participant.dea,
        "participant_ncpdp": participant.ncpdp,
        "participant_setting": participant.setting,
        "participant_specialty": participant.specialty,
        "participant_city": participant.city,
        "participant_state": participant.state,
        "participant_zip": participant.zip_code,
        "participant_phone": participant.telephone,
        "own_first_name": first,
        "own_last_name": last,
        "own_full_name": user.full_name,
        "own_email": user.email,
    }
    if participant.kind != "prescriber":
        own |= {"representative_name": user.full_name, "representative_email": user.email}
        own |= {"representative_phone": getattr(user, "telephone", "")}
        own["occasion"] = "renewal" if participant.certified_from else "first enrollment"
    return {**told, **{key: value for key, value in own.items() if value}}


def known_of_prescriber(participant: Participant) -> dict[str, object]:
    """What a form about one of the prescriber's patients can be filled in with."""
    found = {
        "prescriber_name": participant.name,
        "prescriber_npi": participant.npi,
        "prescriber_number": participant.number,
        "prescriber_phone": participant.telephone,
    }
    return {key: value for key, value in found.items() if value}
