"""What a resource says, and how much of it: nothing found is left out, and nothing is guessed."""

from __future__ import annotations

import json
import re
import time
from datetime import UTC, date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from etasu.interfaces.fhir.answer import encoded, reply
from etasu.interfaces.fhir.delivery import Delivery, Sender, hear_bundle, hear_resource
from etasu.interfaces.fhir.reading import LARGEST_BODY
from etasu.registry.monitoring.received import ReadAs
from etasu.safe_use.lab_reports import Coding, LabItem, LabReport, PatientIdentifier
from tests.interfaces.fhir_resources import (
    BASE,
    BLOOD_PRESSURE_LIKE,
    LOINC,
    RIGHT,
    Json,
    about,
    bundle,
    concept,
    contained_report,
    entry,
    observation,
    patient,
    quantity,
    report,
    results_in,
    to,
    whole_transaction,
)
from tests.interfaces.generated import pretended
from tests.repository.places import ROOT

AGREED = ReadAs(ZoneInfo("America/New_York"))
SCT = "http://snomed.info/sct"
SENDER = Sender("key:K", AGREED, lambda numbers: {})


def hear(body: Json, raw: bytes = b"") -> Delivery:
    """What a body hands in."""
    raw = raw or json.dumps(body).encode()
    if body["resourceType"] == "Bundle":
        return hear_bundle(raw, SENDER)
    return hear_resource(raw, body["resourceType"], SENDER)


def reports(body: Json) -> tuple[LabReport, ...]:
    """Its reports; it has to be taken."""
    (heard,) = hear(body).heard
    assert heard.refused is None and heard.received.message is not None, heard.refused
    return heard.received.message.reports


def items(body: Json) -> list[LabItem]:
    """Every item of it."""
    return [item for each in reports(body) for item in each.items]


def item(**changes: Any) -> LabItem:
    """The one item of an observation with these members."""
    (found,) = items(observation(**changes))
    return found


def test_everything_an_observation_says() -> None:
    (found,) = reports(
        observation(
            value=8.50,
            identifier=[{"value": "1"}, {"system": "urn:lab", "value": "O-1"}],
            code={"coding": [{"system": "urn:local", "code": "PLT"}, *concept("777-3")["coding"]]},
            interpretation=[concept("LL", "", "v3"), {"text": "very low"}],
            referenceRange=[{"low": quantity(150), "high": quantity(400), "text": "150 to 400"}],
            note=[{"text": "checked"}],
            performer=[{"display": "Riverside"}],
            issued="2025-06-02T09:00:00Z",
            color="blue",
        )
    )
    (one,) = found.items
    assert (found.number, found.patient.identifiers) == (
        "urn:lab|O-1", (PatientIdentifier("MRN-1001", "RIVER"),)
    )  # fmt: skip
    assert one.codes == (Coding("LN", "777-3", "777-3"), Coding("urn:local", "PLT"))
    assert (one.place, one.key, one.value, one.unit) == (
        "Observation", "PLT^urn:local", "8.5", "10*3/uL",
    )  # fmt: skip
    assert (one.low, one.high, one.range_text, one.abnormal) == (
        "150",
        "400",
        "150 to 400",
        ("LL",),
    )
    assert one.note == "checked\nPerformed by Riverside." and one.trouble == ""
    assert (one.collected_on, one.collected_at) == (
        date(2025, 6, 1), datetime(2025, 6, 1, 13, 15, tzinfo=UTC),
    )  # fmt: skip
    assert found.reported_at == datetime(2025, 6, 2, 9, tzinfo=UTC)


def test_the_ends_of_a_range_are_inside_unless_one_is_said_to_be_outside() -> None:
    for low, high, said in (
        ({}, {"comparator": "<"}, ("150", "<400", "150-<400")),
        ({"comparator": ">"}, None, (">150", None, ">150")),
        ({}, None, ("150", None, ">=150")),
        (None, {"comparator": "<="}, (None, "<=400", "<=400")),
        (None, {}, (None, "400", "<=400")),
        (None, None, (None, None, "")),
    ):
        ends = {
            name: quantity(number, **more)
            for name, number, more in (("low", 150, low), ("high", 400, high))
            if more is not None
        }
        one = item(value=9, referenceRange=[ends])
        assert (one.low, one.high, one.range_text) == said


@pytest.mark.parametrize(
    ("members", "value", "comparator", "unit"),
    [
        ({"valueQuantity": quantity(1, comparator="<")}, "1", "<", "10*3/uL"),
        ({"valueQuantity": {"value": 5, "unit": "K/uL"}}, "5", "", "K/uL"),
        ({"valueQuantity": {"value": 5, "unit": "x", "code": "y", "system": "z"}}, "5", "", "x"),
        ({"valueQuantity": {"value": 1.5e3}}, "1500.0", "", ""),
        ({"valueString": ">= 600"}, "600", ">=", ""),
        # Agreed with the sender for its own code.
        ({"valueString": " seen\u0000 "}, "seen\ufffd", "", ""),
        ({"valueCodeableConcept": concept("260385009", "Negative", "sct")}, "Negative", "", ""),
        (
            {"valueCodeableConcept": concept("260415000", "Not detected (qualifier value)", SCT)},
            *("negative", "", ""),
        ),
        ({"valueCodeableConcept": concept("ND", "Not done", "urn:lab")}, "Not done", "", ""),
        ({"valueCodeableConcept": concept("260415000", "12", SCT)}, "12", "", ""),
        ({"valueBoolean": False}, "false", "", ""),
        ({"valueInteger": -3}, "-3", "", ""),
        ({"valueRange": {"low": {"value": 0}, "high": {"value": 5}}}, "0-5", "", ""),
        ({"valueRange": {"high": quantity(5, "g")}}, "5", "<=", "g"),
        ({"valueRatio": {"numerator": {"value": 1}, "denominator": {"value": 40}}}, "1:40", "", ""),
        (
            {"valueRatio": {"numerator": quantity(9, "mg"), "denominator": quantity(1, "dL")}},
            *("9", "", "mg/dL"),
        ),
        ({"valueTime": "09:30:00"}, "09:30:00", "", ""),
        ({"valueDateTime": "2025-05-30"}, "2025-05-30", "", ""),
        ({"dataAbsentReason": concept("unknown", "", "d")}, None, "", ""),
    ],
)
def test_every_kind_of_value(members: Json, value: str | None, comparator: str, unit: str) -> None:
    found = item(value=None, **members)
    assert (found.value, found.comparator, found.unit, found.trouble) == (
        value, comparator, unit, ""
    )  # fmt: skip


def test_digits_are_kept_as_they_were_sent() -> None:
    for said, kept in (("1.50", "1.50"), ("-0.10", "-0.10"), ("2E-3", "0.002")):
        raw = json.dumps(observation(value=777)).replace('"value": 777', f'"value": {said}')
        (heard,) = hear_resource(raw.encode(), "Observation", SENDER).heard
        assert heard.received.message is not None
        assert heard.received.message.reports[0].items[0].value == kept


@pytest.mark.parametrize(
    ("members", "said"),
    [
        ({"status": "unknown"}, "status is unknown"),
        ({"value": None}, "value is missing"),
        ({"valueString": "x"}, "valueQuantity and valueString are both there"),
        ({"valueQuantity": {"unit": "g"}}, "valueQuantity has no value"),
        ({"dataAbsentReason": concept("x")}, "dataAbsentReason and a value"),
        ({"value": None, "valuePeriod": {}}, "valuePeriod is not read"),
        ({"value": None, "valueSampledData": {}}, "valueSampledData is not read"),
        ({"value": None, "valueRange": {}}, "neither low nor high"),
        ({"value": None, "valueRatio": {"numerator": {"value": 1}}}, "not whole"),
        ({"code": {}}, "code is empty"),
        ({"code": concept("x" * 300)}, "code has more than"),
        ({"code": {"coding": concept("x")["coding"] * 21}}, "code has more than"),
        ({"focus": [to("Patient/donor")]}, "focus says it is about something else"),
        ({"effectiveDateTime": "2025-02-30"}, "no day of the calendar"),
        ({"effectiveDateTime": "2025-06"}, "no day of the calendar"),
        ({"effectiveDateTime": None, "effectiveTiming": {}}, "effectiveTiming is not read"),
        ({"modifierExtension": [{"url": "urn:not"}]}, "modifierExtension changes"),
        ({"implicitRules": "urn:own"}, "implicitRules changes"),
        ({"subject": to("Group/1")}, "subject is a Group"),
        ({"subject": to("#p"), "contained": [patient(id="p", name=5)]}, "cannot be read"),
        (
            {"specimen": to("#s"), "contained": [{"resourceType": "Specimen", "id": "s",
             "status": "unsatisfactory"}]},
            "specimen is unsatisfactory",
        ),
    ],
)  # fmt: skip
def test_what_can_be_misread_waits_and_says_why(members: Json, said: str) -> None:
    (heard,) = hear(observation(**members)).heard
    assert heard.received.message is not None
    ((found,),) = [each.items for each in heard.received.message.reports]
    assert said in found.trouble
    assert any(said in each.said and each.severity == "warning" for each in heard.warnings)


@pytest.mark.parametrize(
    ("said", "day", "has_moment"),
    [
        ("2025-06-01", "2025-06-01", False),
        ("2025-06-01T23:15:00-05:00", "2025-06-01", True),
        # By UTC it was the next day already; where the sender is, it was not.
        ("2025-06-02T01:15:00Z", "2025-06-01", True),
        ("2025-06-02T01:15:00+00:00", "2025-06-01", True),
        ("2025-06-02T01:15:00.123456789Z", "2025-06-01", True),
        ("2025-06-01T08:15:00", "2025-06-01", False),
        ("2025-06-01T24:00:00Z", "2025-06-01", False),
    ],
)
def test_the_day_is_the_one_where_the_specimen_was_taken(
    said: str, day: str, has_moment: bool
) -> None:
    for changes in (
        {"effectiveDateTime": said},
        {"effectiveDateTime": None, "effectiveInstant": said},
        {"effectiveDateTime": None, "effectivePeriod": {"start": said, "end": "2025-06-05"}},
    ):
        found = item(**changes)
        assert (str(found.collected_on), found.collected_at is not None) == (day, has_moment)


@pytest.mark.parametrize(
    ("of_result", "of_report", "status"),
    [
        ("registered", "partial", "registered"),
        ("preliminary", "final", "preliminary"),
        ("final", "preliminary", "final"),
        ("amended", "final", "corrected"),
        ("corrected", "corrected", "corrected"),
        ("cancelled", "cancelled", "canceled"),  # codespell:ignore
        ("entered-in-error", "entered-in-error", "withdrawn"),
        ("final", "entered-in-error", "unknown"),
        ("unknown", "final", "unknown"),
    ],
)
def test_how_far_a_result_is(of_result: str, of_report: str, status: str) -> None:
    one = observation(id="o", status=of_result)
    (found,) = items(report(to("#o"), status=of_report, contained=[one]))
    assert (found.status, bool(found.trouble)) == (status, status == "unknown")


def test_components_are_items_of_their_own() -> None:
    found = items(BLOOD_PRESSURE_LIKE)
    assert [(each.place, each.key, each.value) for each in found] == [
        ("Observation.component[0]", f"85354-9^{LOINC}/1742-6^{LOINC}", "30"),
        ("Observation.component[1]", f"85354-9^{LOINC}/1920-8^{LOINC}", "28.5"),
        ("Observation.component[2]", f"85354-9^{LOINC}/1975-2^{LOINC}", None),
    ]
    assert len(items(BLOOD_PRESSURE_LIKE | {"valueString": "see below"})) == 4


def test_a_transaction_is_one_message_and_its_report_holds_the_results() -> None:
    (found,) = reports(whole_transaction())
    assert (found.number, found.place, found.ordered_by) == (
        "urn:lab:orders|F-1", "Bundle.entry[6].resource", "1234567893",
    )  # fmt: skip
    assert found.panel == Coding("LN", "58410-2", "CBC panel")
    assert [each.place for each in found.items] == [
        "Bundle.entry[4].resource", "Bundle.entry[5].resource",
    ]  # fmt: skip
    assert {str(each.collected_on) for each in found.items} == {"2025-06-01"}
    assert {each.specimen for each in found.items} == {"Blood"}
    assert (found.patient.last_name, found.patient.first_name, found.patient.sex) == (
        "Vale", "Mara", "female",
    )  # fmt: skip
    assert found.patient.birth_date == date(1990, 6, 1)


def test_contained_results_are_read_and_take_their_patient_from_the_report() -> None:
    (found,) = reports(contained_report())
    assert [each.place for each in found.items] == [
        "DiagnosticReport.contained[1]", "DiagnosticReport.contained[2]",
    ]  # fmt: skip
    assert found.patient.identifiers == (PatientIdentifier("MRN-1001", "RIVER", "MR"),)
    two = report(to("#o"), contained=[observation(id="o", subject=about("OTHER"))])
    assert "subject differs" in items(two)[0].trouble
    # The same person may be named twice, in two ways.
    same = report(to("#o"), subject=to("#p"), contained=[patient(id="p"), observation(id="o")])
    assert items(same)[0].trouble == ""


def test_a_result_that_is_named_and_missing_is_not_forgotten() -> None:
    (found,) = items(report(to("Observation/77")))
    assert (found.place, found.note) == ("DiagnosticReport.result[0]", "Observation/77")
    assert "result is not in what was sent" in found.trouble
    (document,) = items(report(presentedForm=[{}], conclusion="Normal."))
    assert document.note == "A document is attached; it is kept with the message.\nNormal."
    (ours,) = items(report(to("Observation/7QK2M-X0B4T-N.3")))
    assert (ours.place, ours.trouble) == ("DiagnosticReport", "")


@pytest.mark.parametrize(
    ("subject", "identifiers"),
    [
        (to("Patient/5"), [("5", "Patient")]),
        (to(f"{BASE}/Patient/5/_history/2"), [("5", f"{BASE}/Patient")]),
        (to("Patient?identifier=RIVER|7"), [("7", "RIVER")]),
        (to("urn:uuid:nobody"), []),
        (to("#nobody"), []),
        ({"display": "Mara Vale"}, []),
        (None, []),
    ],
)
def test_nobody_is_looked_up(subject: Json | None, identifiers: list[tuple[str, str]]) -> None:
    (found,) = reports(observation(subject=subject))
    assert [(each.value, each.authority) for each in found.patient.identifiers] == identifiers
    assert found.patient.last_name == ""


def test_a_name_that_may_be_anybody_s_names_nothing() -> None:
    """A number without a system may stand for a result of two people."""
    (found,) = reports(observation(identifier=[{"value": "1"}]))
    assert found.number == ""
    long = hear(observation(identifier=[{"system": "urn:lab", "value": "1" * 300}])).heard[0]
    assert [each.expression for each in long.warnings] == ["Observation.identifier"]


def test_one_name_for_two_patients_means_neither() -> None:
    """Two servers may both know a Patient/1: a short reference must not choose between them."""
    sent = bundle(
        entry(patient("A"), "https://one.example.org/fhir/Patient/1"),
        entry(patient("B"), "https://two.example.org/fhir/Patient/1"),
        entry(observation(subject=to("Patient/1"))),
        entry(observation("tsh", subject=to("https://two.example.org/fhir/Patient/1"))),
        entry(observation("alt", subject=to("https://three.example.org/fhir/Patient/1"))),
    )
    assert [each.patient.identifiers[0].value for each in reports(sent)] == ["1", "B", "1"]


def test_two_that_read_alike_in_a_batch_differ_by_whom_they_are_about() -> None:
    """The same bytes about another person are another message, never a repeat."""
    made = [
        bundle(
            entry(patient(mrn), "urn:uuid:p"),
            entry(observation(subject=to("urn:uuid:p"))),
            type="batch",
        )
        for mrn in ("A", "B")
    ]
    first, second = (hear(each).heard[0].received for each in made)
    assert first.raw != second.raw
    assert first.raw == hear(made[0]).heard[0].received.raw
    assert b'"value": "A"' in first.raw and first.message is not None


def test_when_it_was_said_is_known_only_where_all_of_it_was_said_at_once() -> None:
    def said_at(body: Json) -> datetime | None:
        message = hear(body).heard[0].received.message
        return message.sent_at if message else None

    one, other = "2025-06-02T09:00:00Z", "2025-06-03T09:00:00Z"
    assert said_at(observation(issued=one)) == datetime(2025, 6, 2, 9, tzinfo=UTC)
    assert said_at(contained_report()) == datetime(2025, 6, 2, 9, tzinfo=UTC)
    two = [observation(issued=each, subject=about(each)) for each in (one, other)]
    assert said_at(bundle(*map(entry, two), timestamp=other)) is None
    assert said_at(observation()) is None


def test_what_is_made_up_is_marked() -> None:
    made_up = {"meta": {"tag": [{"code": "HTEST"}]}}

    def is_test(body: Json) -> bool:
        message = hear(body).heard[0].received.message
        return message is not None and message.is_test

    assert is_test(observation(**made_up)) and not is_test(observation())
    assert is_test(bundle(entry(observation()), **made_up))
    mixed = bundle(entry(observation()), entry(observation(**made_up)))
    refused = hear(mixed).heard[0].refused
    assert refused is not None and refused.issues[0].expression == "Bundle.entry[1].resource"


def test_a_report_that_is_taken_back_names_its_results() -> None:
    refused = hear(report(status="entered-in-error")).heard[0].refused
    assert refused is not None and refused.issues[0].expression == "DiagnosticReport.status"


@pytest.mark.parametrize("posted", RIGHT)
def test_what_goes_in_comes_out(posted: Any) -> None:
    delivery = hear(posted.body)
    assert [each.refused for each in delivery.heard] == [None] * len(delivery.heard)
    messages = [each.received.message for each in delivery.heard]
    found = [item for each in messages if each for one in each.reports for item in one.items]
    assert len(found) == results_in(posted.body)
    assert len({each.place for each in found}) == len(found)


HUGE = {
    "faults": observation(component=[{"code": 5}] * 150_000),
    "components": observation(component=[{"code": {}}] * 150_000),
    "codes": observation(code={"coding": concept("x")["coding"] * 25_000}),
    "flags": observation(interpretation=[concept("L", "", "v3")] * 20_000),
    "names": observation(identifier=[{"value": ""}] * 100_000),
    "results": report(*[to("Observation/1")] * 50_000),
    "contained": report(contained=[{"resourceType": "Observation", "id": "x"}] * 30_000),
    "entries": bundle(*[{"resource": 5}] * 1_000),
    "one patient": bundle(
        entry(patient(), "urn:uuid:p"),
        *[entry(observation(subject=to("urn:uuid:p"))) for _ in range(999)],
        type="batch",
    ),
    "unread": observation(extension=[{"url": "x"}] * 100_000),
}


@pytest.mark.parametrize("name", HUGE)
def test_the_largest_bodies_are_answered_in_time(name: str) -> None:
    raw = json.dumps(HUGE[name], separators=(",", ":")).encode()
    assert 10_000 < len(raw) <= LARGEST_BODY, len(raw)
    began = time.thread_time()
    delivery = hear(HUGE[name], raw=raw)
    assert encoded(reply(delivery, [pretended(each.received) for each in delivery.heard]).body)
    assert time.thread_time() - began < 2
    assert all("call support" not in each.received.trouble for each in delivery.heard)


def test_the_example_of_the_how_to_is_taken() -> None:
    text = (ROOT / "docs" / "how-to" / "connect-a-laboratory.md").read_text()
    (example,) = re.findall(r"```json\n(.+?)```", text, re.DOTALL)
    (heard,) = hear(json.loads(example)).heard
    message = heard.received.message
    assert message is not None and message.is_test and heard.warnings == ()
    assert message.reports[0].number == "urn:riverside:results|R-4711-1"
