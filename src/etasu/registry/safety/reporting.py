"""A case as an individual case report: what the sponsor's safety database is given.

The sections are those of a report on paper: the patient, the event, the product, who reports, and
what the sponsor adds. Source: 21 CFR 600.80; FDA form 3500A for what each section holds.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from etasu.registry.patients.records import records_behind
from etasu.registry.safety.facts import CaseAt
from etasu.registry.treatment.facts import infusions_of
from etasu.registry.treatment.models import VialEntry
from etasu.safe_use.safety import named_in
from etasu.safe_use.safety_plan import Detail

# Every field of a report by its section, in order. They are the columns of a file, and stay.
SECTIONS: Mapping[str, tuple[str, ...]] = {
    "patient": (
        *("patient_number", "patient_initials", "birth_date", "age", "sex", "weight"),
        *("history",),
    ),
    "event": (
        *("kind", "criteria", "began_on", "ended_on", "outcome", "told", "tests"),
        *("pregnancy_due",),
    ),
    "product": (
        *("product", "dose", "first_given_on", "last_given_on", "courses", "lot"),
        *("reason_for_use", "after_stopping", "after_restarting", "other_medicines"),
    ),
    "reporter": ("reporters", "reporter_name", "reporter_contact"),
    "sponsor": (
        *("case", "duplicates", "sponsor", "rems_number", "program", "program_version"),
        *("hand_over", "report_type", "first_received_on", "last_received_on", "due_on"),
        *("seriousness", "expectedness", "terms", "of_interest", "reason", "missing"),
        *("made_at",),
    ),
    "facility": ("facility", "facility_place"),
}
COLUMNS = tuple(name for names in SECTIONS.values() for name in names)


def record_of(found: CaseAt, *, number: str, at: datetime) -> dict[str, str]:
    """Every field of the report as text; what is not known is empty. `number` is the hand-over."""
    known: dict[str, Any] = {
        **found.details,
        **_patient(found),
        **_event(found),
        **_product(found),
        **_sponsor(found),
        "hand_over": number,
        "made_at": at.isoformat(),
    }
    return {name: str(known.get(name) or "") for name in COLUMNS}


def _patient(found: CaseAt) -> dict[str, Any]:
    patient = found.patient
    if patient is None:
        return {}
    initials = "".join(part[0].upper() for part in patient.full_name.split())
    return {
        "patient_number": patient.number,
        Detail.PATIENT_INITIALS.value: initials,
        "birth_date": patient.birth_date.isoformat() if patient.birth_date else "",
        Detail.SEX.value: found.details.get(Detail.SEX) or patient.attributes.get("sex", ""),
        Detail.AGE.value: found.details.get(Detail.AGE) or _age(patient.birth_date, found),
    }


def _age(born: date | None, found: CaseAt) -> str:
    """The age on the day the report came, in whole years."""
    if born is None:
        return ""
    on = found.case.received_on
    return str(on.year - born.year - ((on.month, on.day) < (born.month, born.day)))


def _event(found: CaseAt) -> dict[str, Any]:
    judged = found.assessment.criteria if found.assessment else {}
    met = {name for name, said in judged.items() if said == "yes"} | found.criteria
    told = [f"{each.received_on} ({each.told_by}): {each.words}" for each in found.information]
    return {"kind": found.case.kind, "criteria": "; ".join(sorted(met)), "told": "\n".join(told)}


def _product(found: CaseAt) -> dict[str, Any]:
    product = next((each.product for each in found.group if each.product), "")
    if found.patient is None:
        return {"product": product}
    given = list(infusions_of(found.patient))
    on_record: dict[str, Any] = {"product": product}
    if given:
        last = given[-1]
        on_record |= {
            "first_given_on": given[0].given_on.isoformat(),
            "last_given_on": last.given_on.isoformat(),
            "courses": str(max(each.course for each in given)),
        }
        if last.facility is not None:
            place = (last.facility.city, last.facility.state)
            on_record |= {"facility": last.facility.name, "facility_place": ", ".join(place)}
    used = VialEntry.objects.filter(
        patient__in=records_behind(found.patient), kind="used", struck_at__isnull=True
    )
    lots = dict.fromkeys(used.order_by("counted_on", "pk").values_list("lot", flat=True))
    said = found.details.get(Detail.LOT, "")
    return on_record | {"lot": "; ".join(dict.fromkeys([*filter(None, [said]), *lots]))}


def _sponsor(found: CaseAt) -> dict[str, Any]:
    program, version, judged = found.version.program, found.version, found.assessment
    terms = judged.terms if judged else []
    received = [each.received_on for each in found.information]
    return {
        "reporters": "; ".join(dict.fromkeys(each.told_by for each in found.information)),
        "case": found.case.number,
        "duplicates": "; ".join(each.number for each in found.duplicates),
        "sponsor": program.sponsor,
        "rems_number": program.rems_number,
        "program": program.code,
        "program_version": version.label,
        "report_type": "follow-up" if found.handed else "initial",
        "first_received_on": min(received, default=""),
        "last_received_on": max(received, default=""),
        "due_on": found.left.due_on,
        "seriousness": found.seriousness.value,
        "expectedness": found.expectedness.value,
        "terms": "; ".join(names_of_terms(found, terms)),
        "of_interest": "; ".join(of_interest(found)),
        "reason": judged.reason if judged else "",
        "missing": "; ".join(found.missing),
    }


def names_of_terms(found: CaseAt, terms: list[str]) -> list[str]:
    """The listed reactions by name; one the program no longer lists by its code."""
    listed = found.version.expected_reactions
    return [listed[each].name if each in listed else each for each in terms]


def of_interest(found: CaseAt) -> list[str]:
    """What the program watches for and this seems to be: judged so, or named in the words."""
    known = found.version.events_of_interest
    terms = found.assessment.terms if found.assessment else []
    codes = [*(each for each in terms if each in known), *named_in(found.words, known.values())]
    return [known[each].name for each in dict.fromkeys(codes)]
