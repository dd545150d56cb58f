"""The columns of each file another administrator delivers: how they are read and what they mean."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from typing import NamedTuple

from etasu.interfaces.carry_over.cells import (
    Read,
    any_day,
    as_code,
    as_count,
    as_dea,
    as_email,
    as_language,
    as_ncpdp,
    as_npi,
    as_state,
    as_telephone,
    as_text,
    as_yes_no,
    as_zip,
    one_of,
    past_day,
)
from etasu.registry.accounts.access import ROLES

# The first registries of this kind began in 1990; nobody alive was born before 1900.
BEFORE_ALL = date(1985, 1, 1)
OLDEST_BIRTH = date(1900, 1, 1)
CHANNELS = ("web", "fax", "phone", "mail", "email", "in-person", "other")
# A column for each attribute the program knows patients by, such as `attribute_sex`, and for each
# answer its gates read from a form, such as `answer_decision`.
ATTRIBUTE = "attribute_"
ANSWER = "answer_"

_event = past_day(BEFORE_ALL)
_plan = any_day(BEFORE_ALL)


class Column(NamedTuple):
    """One column. The values of an identity are never shown in a report."""

    meaning: str
    read: Read = as_text
    needed: bool = False
    longest: int = 40
    is_identity: bool = False


def _legacy(meaning: str, needed: bool = False) -> Column:
    return Column(meaning, needed=needed, longest=64, is_identity=True)


_ID = _legacy("The number the former administrator knows it by; once in the file.", True)
_PROGRAM = Column("The program's code; empty means the one of the command.", as_code)
_NAME = Column("The whole name.", needed=True, longest=200, is_identity=True)
_EMAIL = Column("The address to sign in with.", as_email, longest=254, is_identity=True)
_PLACE = {
    "city": Column("City.", longest=100, is_identity=True),
    "state": Column("State, in two letters.", as_state, longest=2),
    "zip_code": Column("ZIP code, with or without the last four digits.", as_zip, longest=10),
    "telephone": Column("US telephone number.", as_telephone, longest=40, is_identity=True),
}
_PATIENT = _legacy("The patient's legacy ID in patients.csv.", True)

SHEETS: Mapping[str, Mapping[str, Column]] = {
    "participants": {
        "legacy_id": _ID,
        "program": _PROGRAM,
        "kind": Column("The kind, as the program has it, such as prescriber.", as_code, True),
        "name": _NAME,
        "npi": Column("NPI; a prescriber needs one.", as_npi, is_identity=True),
        "dea": Column("DEA number.", as_dea, is_identity=True),
        "ncpdp": Column(
            "NCPDP provider ID; a pharmacy needs it or an NPI.", as_ncpdp, False, 40, True
        ),
        "setting": Column("Where a facility gives the drug, as the program has it.", as_code),
        "specialty": Column("A prescriber's specialty.", longest=100),
        **_PLACE,
        "email": _EMAIL._replace(
            meaning="Address of the prescriber, or of the authorized representative; to sign in."
        ),
        "representative": _NAME._replace(
            meaning="Name of the authorized representative; needed with its address.", needed=False
        ),
        "certified_from": Column("First day of the newest certification; empty if none.", _event),
        "certified_until": Column(
            "Its last day; empty takes the program's own, which is the latest.", _plan
        ),
        "channel": Column(f"How it was certified: {', '.join(CHANNELS)}.", one_of(CHANNELS)),
        "suspended_from": Column("First day of a suspension in force.", _plan),
        "suspended_until": Column("Its last day; empty means until lifted.", _plan),
        "decertified_on": Column("The day certification was taken away.", _plan),
        "representative_left_on": Column("The day the representative left, if none came.", _event),
    },
    "staff": {
        "legacy_id": _ID,
        "program": _PROGRAM,
        "participant": _legacy("Legacy ID of whom the person acts for.", True),
        "name": _NAME,
        "email": _EMAIL._replace(needed=True),
        "role": Column("The role here, such as infusion_nurse or pharmacist.", one_of(ROLES), True),
    },
    "steps": {
        "legacy_id": _ID,
        "program": _PROGRAM,
        "participant": _legacy("Legacy ID of the participant who did it.", True),
        "step": Column(
            "The step's code in the program. A form is signed here: that is the last step.",
            as_code,
            True,
        ),
        "done_on": Column("Day it was done.", _event, True),
    },
    "patients": {
        "legacy_id": _ID,
        "program": _PROGRAM,
        "name": _NAME,
        "birth_date": Column("Day of birth.", past_day(OLDEST_BIRTH), True, 40, True),
        **_PLACE,
        "email": _EMAIL._replace(meaning="E-mail address."),
        "language": Column("Language, such as en or es.", as_language),
        "prescriber": _legacy("Legacy ID of the enrolling prescriber.", True),
        "enrolled_on": Column("Day of enrollment.", _event, True),
        "ended_on": Column("First day the enrollment no longer holds.", _event),
        "end_reason": Column("Why it ended; needed with the day.", longest=200),
        "is_distinct": Column(
            "yes when somebody made sure that this is not the same person as in another row.",
            as_yes_no,
        ),
    },
    "forms": {
        "legacy_id": _ID,
        "program": _PROGRAM,
        "form": Column("The form's code in the program.", as_code, True),
        "patient": _legacy("Legacy ID of the patient it is about, if it is about one."),
        "participant": _legacy("Legacy ID of the participant it is about, if it is about one."),
        "course": Column("Number of the course it is about, if any.", as_count),
        "signed_on": Column("Day on which everybody had signed it.", _event, True),
        "signer": _NAME._replace(meaning="Name of whoever signed it last."),
    },
    "infusions": {
        "legacy_id": _ID,
        "program": _PROGRAM,
        "patient": _PATIENT,
        "course": Column("Number of the course, from 1.", as_count, True),
        "given_on": Column("Day of the infusion.", _event, True),
        "facility": _legacy("Legacy ID of the facility."),
        "authorization": Column("The former administrator's authorization number.", longest=64),
    },
    "results": {
        "legacy_id": _ID,
        "program": _PROGRAM,
        "patient": _PATIENT,
        "test": Column("The test's code in the program.", as_code, True),
        "collected_on": Column("Day the specimen was taken.", _event, True),
        "value": Column("A number, or a word such as negative.", is_identity=True),
        "unit": Column("The unit, as the program has it (UCUM)."),
    },
    "authorizations": {
        "legacy_id": _ID,
        "program": _PROGRAM,
        "patient": _PATIENT,
        "gate": Column("The gate's code.", as_code, True),
        "course": Column("Number of the course.", as_count),
        "day": Column("Number of the infusion day, where the gate authorizes days.", as_count),
        "facility": _legacy("Legacy ID of the facility it names."),
        "pharmacy": _legacy("Legacy ID of the pharmacy it names."),
        "valid_from": Column("First day.", _plan, True),
        "valid_until": Column("Last day; today or later.", _plan, True),
    },
}
# Of these files no value is shown: a row out of line has a name where a state should be.
NEVER_SHOWN = frozenset({"patients", "staff", "forms"})


class More(NamedTuple):
    """Columns a file has besides: one for each code the program has of something."""

    prefix: str
    meaning: str


MORE: Mapping[str, More] = {
    "patients": More(ATTRIBUTE, "The patient's {code}, as the program has it."),
    "forms": More(ANSWER, "The answer to {code}, which a gate reads, as the program has it."),
}


def column_for(sheet: str, code: str) -> str:
    """The column of a file for something the program calls so."""
    return f"{MORE[sheet].prefix}{code.replace('-', '_')}"


def known_columns(sheet: str, codes: Iterable[str]) -> dict[str, Column]:
    """The columns of a file, with one for each of the program's codes it has columns for."""
    columns = dict(SHEETS[sheet])
    if sheet in MORE:
        for code in sorted(codes):
            meaning = MORE[sheet].meaning.format(code=code)
            columns[column_for(sheet, code)] = Column(meaning, as_code)
    return columns


def needed_columns(sheet: str) -> list[str]:
    """The columns a file cannot do without."""
    return [name for name, column in SHEETS[sheet].items() if column.needed]
