"""No yes but a right one.

The checker reads the program's files and the tables by itself. It shares no code with the gate but
the arithmetic of dates, and is asked at once, while what it reads is what the gate read.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import yaml

from etasu.safe_use.dates import Span, Unit, add_months
from etasu.site.sim.invariants.look import Look, found, rows

Rule = Mapping[str, Any]
RUNNING = 30

_DECISIONS = """
SELECT d.id, d.gate, d.outcome, d.program_version, d.patient_id, d.planned_on, d.course,
    d.asked_at, d.prescriber_id, d.facility_id, d.pharmacy_id, d.number, p.time_zone
FROM authorizations_decision d LEFT JOIN participants_participant p ON p.id = d.asked_for_id
WHERE d.id > %s ORDER BY d.id
"""


@dataclass(frozen=True)
class Question:
    """A question that was answered, with what the checker reads more than once."""

    id: int
    number: str
    gate: str
    patient: int
    on: date
    known_on: date
    course: int
    parties: Mapping[str, int | None]
    infusions: Mapping[int, list[date]]
    files: Mapping[str, Any]

    @property
    def starts_on(self) -> date:
        """The first infusion of a running course, or the day itself."""
        given = self.infusions.get(self.course, [])
        return given[0] if given and (self.on - given[0]).days <= RUNNING else self.on


def every_yes_was_right(look: Look) -> Iterator[str]:
    """I1: whoever got a yes met every requirement of the version in force, at that moment."""
    for row in found(_DECISIONS, look.marks.get("I1", 0)):
        look.marks["I1"] = row["id"]
        if row["outcome"] != "authorized":
            continue
        label, files = in_force(look.world.folder, row["planned_on"])
        if label != row["program_version"]:
            yield f"{look.subject(row['patient_id'])} was decided by version {label} too late"
        question = _question(row, files)
        for code, is_needed in _asked_by(files, question.gate):
            if is_needed and not _holds(files["requirements"][code], question):
                subject = look.subject(question.patient)
                yield f"{subject} got a yes of {question.gate} without {code}"


def in_force(folder: Path, on: date) -> tuple[str, Mapping[str, Any]]:
    """The version in force on the day, and what its files say."""
    return [pair for pair in files_of(folder) if pair[0] <= on.isoformat()][-1]


def files_of(folder: Path) -> list[tuple[str, Mapping[str, Any]]]:
    """What the files of each version say, by its day: the name of its folder."""
    return [(each.name, _files(each)) for each in sorted(folder.iterdir()) if each.is_dir()]


@cache
def _files(folder: Path) -> Mapping[str, Any]:
    names = ("gates", "requirements", "participants", "monitoring", "safety")
    paths = {name: folder / f"{name}.yaml" for name in names}
    read = {
        name: yaml.safe_load(path.read_text()) if path.is_file() else {}
        for name, path in paths.items()
    }
    return {
        "gates": {each["code"]: each for each in read["gates"]["gates"]},
        "requirements": {each["code"]: each for each in read["requirements"]["requirements"]},
        "courses": read["participants"]["courses"],
        "limits": read["monitoring"].get("limits", []),
        "event_answers": read["safety"].get("event_answers", []),
    }


def _asked_by(files: Mapping[str, Any], gate: str) -> Iterator[tuple[str, bool]]:
    for each in files["gates"][gate]["requirements"]:
        soft = isinstance(each, dict) and each.get("severity") == "warn"
        yield (each["use"] if isinstance(each, dict) else each), not soft


def _question(row: Mapping[str, Any], files: Mapping[str, Any]) -> Question:
    asked_on = row["asked_at"].astimezone(ZoneInfo(row["time_zone"] or "America/New_York")).date()
    given: dict[int, list[date]] = {}
    for course, day in rows(
        "SELECT course, given_on FROM treatment_infusion"
        " WHERE patient_id = %s AND struck_at IS NULL ORDER BY given_on",
        row["patient_id"],
    ):
        given.setdefault(course, []).append(day)
    return Question(
        id=row["id"],
        number=row["number"],
        gate=row["gate"],
        patient=row["patient_id"],
        on=row["planned_on"],
        known_on=min(asked_on, row["planned_on"]),
        course=row["course"],
        parties={kind: row[f"{kind}_id"] for kind in ("prescriber", "facility", "pharmacy")},
        infusions=given,
        files=files,
    )


def _holds(rule: Rule, asked: Question) -> bool:
    about = rule.get("applies_to", {})
    if "course" in about and (about["course"] == "first") != (asked.course == 1):
        return True
    return _KINDS[rule["kind"]](rule, asked)


def _one(query: str, *parameters: Any) -> Any:
    (answer,) = rows(f"SELECT {query}", *parameters)[0]
    return answer


def _certified(rule: Rule, asked: Question) -> bool:
    party, on, known_on = asked.parties[rule["party"]], asked.on, asked.known_on
    held = _one(
        "EXISTS (SELECT FROM participants_certification WHERE participant_id = %s"
        " AND certified_from <= %s AND (certified_until IS NULL OR certified_until >= %s))",
        *(party, known_on, on),
    )
    stopped = _one(
        "EXISTS (SELECT FROM participants_suspension s WHERE participant_id = %s"
        " AND lifted_at IS NULL AND EXISTS (SELECT FROM unnest(ARRAY[%s::date, %s::date]) day"
        " WHERE s.since <= day AND (s.until IS NULL OR s.until >= day)))"
        " OR EXISTS (SELECT FROM participants_participant WHERE id = %s AND decertified_on <= %s)",
        *(party, known_on, on, party, on),
    )
    return bool(held and not stopped)


def _enrolled(rule: Rule, asked: Question) -> bool:
    return bool(
        _one(
            "EXISTS (SELECT FROM patients_patient WHERE id = %s AND enrolled_on <= %s"
            " AND (ended_on IS NULL OR ended_on > %s))",
            *(asked.patient, asked.known_on, asked.on),
        )
    )


def _old_enough(rule: Rule, asked: Question) -> bool:
    born = _one("birth_date FROM patients_patient WHERE id = %s", asked.patient)
    return born is not None and add_months(born, 12 * rule["years"]) <= asked.on


def _no_hold(rule: Rule, asked: Question) -> bool:
    return not _one(
        "EXISTS (SELECT FROM patients_hold WHERE patient_id = %s AND closed_at IS NULL"
        " AND opened_on <= %s)",
        *(asked.patient, asked.on),
    )


def _forms(rule: Rule, asked: Question, course: int | None) -> list[Any]:
    """The newest day's forms of the kind: when each was signed, and what it says to the gates."""
    return rows(
        "SELECT signed_on, gate_answers FROM submissions_signed_form WHERE subject_kind = 'patient'"
        " AND subject_id = %s AND form = %s AND signed_on <= %s"
        " AND (%s::int IS NULL OR course = %s)"
        " ORDER BY signed_on DESC FETCH FIRST 1 ROW WITH TIES",
        *(asked.patient, rule["form"], asked.known_on, course, course),
    )


def _signed(rule: Rule, asked: Question) -> bool:
    forms = _forms(rule, asked, asked.course if rule.get("for_course") else None)
    said = [json.loads(answers).get(rule.get("question")) for _, answers in forms]
    return bool(forms) and all(each == rule.get("answer") for each in said)


def _examined(rule: Rule, asked: Question) -> bool:
    newest = _one(
        "max(collected_on) FROM monitoring_result WHERE patient_id = %s AND test = %s"
        " AND replaced_at IS NULL AND collected_on <= %s",
        *(asked.patient, rule["test"], min(asked.starts_on, asked.known_on)),
    )
    return newest is not None and (asked.starts_on - newest).days <= rule["days_before"]


def _apart(rule: Rule, asked: Question) -> bool:
    if asked.infusions and max(asked.infusions) > asked.course:
        return False
    before = [day for course in asked.infusions if course < asked.course
              for day in asked.infusions[course]]  # fmt: skip
    if asked.course == 1:
        return True
    return asked.course - 1 in asked.infusions and (
        _span(rule["at_least"]).after(max(before)) <= asked.starts_on
    )


def _kept_up(rule: Rule, asked: Question) -> bool:
    days = [day for given in asked.infusions.values() for day in given]
    if not days:
        return True
    newest = [signed_on for signed_on, _ in _forms(rule, asked, None)]
    due = _span(rule["every"]).after(max([min(days), *newest]))
    is_over = due > _span(rule["until_after_last"]).after(max(days))
    return is_over or asked.on <= due + timedelta(days=rule["grace_days"])


def _closed(rule: Rule, asked: Question) -> bool:
    before = asked.infusions.get(asked.course - 1)
    if not before or _forms(rule, asked, asked.course - 1):
        return True
    return asked.on <= _span(rule["within"]).after(max(before))


_HELD = """
EXISTS (SELECT FROM authorizations_authorization WHERE patient_id = %s AND gate = %s
    AND number <> %s AND holds_slot AND id < (
        SELECT id FROM authorizations_authorization WHERE number = %s) AND
"""


def _not_twice(rule: Rule, asked: Question) -> bool:
    own = (asked.patient, rule["gate"], asked.number, asked.number)
    if rule.get("for_course"):
        about = "course = %s AND (state = 'used' OR valid_until >= %s))"
        return not _one(_HELD + about, *own, asked.course, asked.starts_on)
    return not _one(_HELD + "%s BETWEEN valid_from AND valid_until)", *own, asked.on)


def _authorized(rule: Rule, asked: Question) -> bool:
    facility = _one("number FROM participants_participant WHERE id = %s", asked.parties["facility"])
    return bool(
        _one(
            "EXISTS (SELECT FROM authorizations_authorization WHERE patient_id = %s AND gate = %s"
            " AND course = %s AND state = 'live' AND %s BETWEEN valid_from AND valid_until"
            " AND names->>'facility' = %s)",
            *(asked.patient, rule["gate"], asked.course, asked.starts_on, facility),
        )
    )


def _day_left(rule: Rule, asked: Question) -> bool:
    days = [day for given in asked.infusions.values() for day in given]
    spent = {*asked.infusions.get(asked.course, [])} | {
        day
        for (day,) in rows(
            "SELECT valid_from FROM authorizations_authorization WHERE patient_id = %s"
            " AND gate = %s AND course = %s AND holds_slot AND number <> %s",
            *(asked.patient, rule["gate"], asked.course, asked.number),
        )
    }
    plans = asked.files["courses"]
    doses = next(
        each["doses"]
        for each in plans
        if each["first_course"] <= asked.course <= (each["last_course"] or asked.course)
    )
    return asked.on not in days and len(spent) < doses


def _span(said: str) -> Span:
    count, unit = said.split(" ", 1)
    return Span(int(count), Unit(unit if unit.endswith("s") else f"{unit}s"))


_KINDS: Mapping[str, Callable[[Rule, Question], bool]] = {
    "certified": _certified,
    "enrolled": _enrolled,
    "age_at_least": _old_enough,
    "no_open_hold": _no_hold,
    "form_signed": _signed,
    "result_within": _examined,
    "months_since": _apart,
    "form_kept_up": _kept_up,
    "course_closed": _closed,
    "not_already_authorized": _not_twice,
    "authorized_by": _authorized,
    "days_left": _day_left,
}
