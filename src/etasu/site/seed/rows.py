"""Rows waiting to be copied into the tables, in PostgreSQL's text form."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, time
from functools import cache
from typing import Any

import orjson

# In the order the foreign keys ask for: what is pointed at first.
COLUMNS: Mapping[str, str] = {
    "accounts_user": "id number email full_name is_active is_system time_zone password",
    "participants_participant": (
        "id number program kind name npi dea ncpdp setting specialty city state zip_code "
        "telephone time_zone certified_from certified_until suspended_from suspended_until "
        "decertified_on representative_left_on standing_as_of registered_at registered_by revision"
    ),
    "participants_step_done": (
        "participant_id step done_on program_version recorded_at recorded_by"
    ),
    "participants_certification": (
        "participant_id certified_from certified_until program_version recorded_at recorded_by"
    ),
    "participants_membership": "user_id participant_id program role began_at began_by",
    "accounts_api_key": "user_id name key_hash created_at created_by",
    "patients_patient": (
        "id number program full_name birth_date attributes city state zip_code telephone email "
        "language time_zone prescriber_id enrolled_on ended_on end_reason registered_at "
        "registered_by revision"
    ),
    "patients_hold": (
        "patient_id code reason opened_on opened_at opened_by closed_at closed_by closed_reason"
    ),
    "submissions_signed_form": (
        "number program program_version form subject_kind subject_id course answers gate_answers "
        "channel signed_on signed_at signed_by signer_name meaning content_hash"
    ),
    "treatment_course": "patient_id course began_on recorded_at recorded_by",
    "treatment_infusion": (
        "number patient_id course given_on facility_id authorization_number detail recorded_at "
        "recorded_by"
    ),
    "treatment_dispense": (
        "number patient_id course dispensed_on units pharmacy_id authorization_number recorded_at "
        "recorded_by"
    ),
    "monitoring_result": (
        "patient_id test collected_on value unit channel recorded_at recorded_by"
    ),
    "authorizations_decision": (
        "id number program program_version gate outcome patient_id prescriber_id facility_id "
        "pharmacy_id planned_on course facts answer asked_at asked_by asked_role asked_for_id"
    ),
    "authorizations_authorization": (
        "decision_id number patient_id gate slot unit course day course_days names valid_from "
        "valid_until state holds_slot closed_at closed_by closed_reason"
    ),
    "compliance_event": (
        "number program kind patient_id participant_id subject detail happened_on opened_at "
        "opened_by closed_at closed_by closed_reason"
    ),
    "audit_entry": "at actor role verb subject_kind subject detail",
}
NULL = "\\N"


class Json(str):
    """JSON text, ready to be stored."""

    __slots__ = ()

    @classmethod
    def of(cls, value: object) -> Json:
        """The value as JSON text, the same for the same value."""
        return cls(orjson.dumps(value, option=orjson.OPT_UTC_Z).decode())


class Sheets:
    """One sheet of rows for each table, filled as stories are told."""

    def __init__(self) -> None:
        self.lines: dict[str, list[str]] = {table: [] for table in COLUMNS}
        self.results = self.lines["monitoring_result"]

    def add(self, table: str, *fields: object) -> None:
        """One more row, its fields in the order of the table's columns."""
        self.lines[table].append("\t".join([_FORMS[type(each)](each) for each in fields]))

    def note(self, at: datetime, verb: str, kind: str, number: str, /, **detail: Any) -> None:
        """One more audit entry, by the platform."""
        said = in_text(Json.of(detail))
        entry = f"{stamp(at)}\tplatform\tsystem\t{verb}\t{kind}\t{number}\t{said}"
        self.lines["audit_entry"].append(entry)

    def count(self) -> dict[str, int]:
        """How many rows each table has waiting, tables without any left out."""
        return {table: len(lines) for table, lines in self.lines.items() if lines}


def in_text(value: str) -> str:
    """A text as COPY reads it."""
    if "\\" in value:
        value = value.replace("\\", "\\\\")
    if "\n" in value or "\t" in value or "\r" in value:
        value = value.replace("\n", "\\n").replace("\t", "\\t").replace("\r", "\\r")
    return value


@cache
def iso(day: date) -> str:
    """The day as COPY reads it."""
    return day.isoformat()


def stamp(at: datetime) -> str:
    """The moment as COPY reads it."""
    return at.isoformat()


def moment(day: date, hour: int, minute: int = 0) -> datetime:
    """A moment of office hours anywhere in the country, the same calendar day everywhere.

    Hours are UTC: 13 is early morning in the East, 22 late afternoon there.
    """
    return datetime.combine(day, time(hour, minute), UTC)


_FORMS: dict[type, Callable[[Any], str]] = {
    type(None): lambda _: NULL,
    str: in_text,
    Json: in_text,
    int: str,
    bool: lambda value: "t" if value else "f",
    date: iso,
    datetime: stamp,
    bytes: lambda value: f"\\\\x{value.hex()}",
}
