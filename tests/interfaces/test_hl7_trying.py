"""What was agreed with a sender, and messages tried out: annotated, answered, and not kept."""

from __future__ import annotations

from concurrent.futures import Future
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.db import OperationalError
from pytest_django import DjangoAssertNumQueries

from etasu.interfaces.hl7v2.agreed import LONGEST, Remembered
from etasu.interfaces.hl7v2.annotated import annotate
from etasu.interfaces.hl7v2.answer import Problem, Verdict
from etasu.interfaces.hl7v2.checklist import run_checklist
from etasu.interfaces.hl7v2.exchange import hear
from etasu.interfaces.hl7v2.handing_in import HandingIn
from etasu.interfaces.hl7v2.values import moment
from etasu.programs import library
from etasu.registry.audit.actors import Actor
from etasu.registry.audit.models import AuditEntry
from etasu.registry.monitoring.connecting import change_connection, end_sender
from etasu.registry.monitoring.lab_models import LabConnection, LabSender
from etasu.registry.monitoring.reading_as import agreed_with_senders
from etasu.registry.monitoring.received import Outcome
from etasu.registry.monitoring.resolving import map_code
from etasu.registry.patients.models import Patient
from etasu.safe_use.lab_reports import LabMessage
from etasu.safe_use.program import ProgramVersion
from etasu.safe_use.units import Converted
from tests.interfaces.hl7_messages import LABORATORIES, items_of
from tests.registry import labs

pytestmark = pytest.mark.django_db
BY = Actor("lena", "lab_analyst")
LOCAL_TIME = (
    "MSH|^~\\&|LAB|RIVERSIDE|||20250601231500||ORU^R01|M1|P|2.5.1\r"
    "PID|1||1^^^RIVER||Muñoz^Ana||19900601\r"
    "OBR|1||F1|777-3^Platelets^LN|||202506010815\r"
    "OBX|1|NM|777-3^Platelets^LN||250||||||F\r"
)


@pytest.fixture
def river(db: None) -> LabConnection:
    """A laboratory in Chicago whose system writes Windows letters and leaves out units."""
    labs.use_lemtrada()
    made = labs.connect()
    change_connection(
        made, authorities={}, time_zone="America/Chicago", character_set="windows-1252",
        by=BY, at=labs.AT,
    )  # fmt: skip
    map_code(made, labs.PROGRAM, "LN", "777-3", "platelets", unit="10*3/uL", by=BY, at=labs.AT)
    return made


def lemtrada() -> ProgramVersion:
    """The program the laboratory sends to, as of today."""
    labs.use_lemtrada()
    version = library.current().effective(labs.PROGRAM, labs.AT.date())
    assert version is not None
    return version


def said(raw: bytes, connection: str | None = "peer:192.0.2.1") -> LabMessage:
    """What is heard, with everything that was agreed."""
    message = hear(raw, connection, agreed_with_senders(labs.AT)).received[0].message
    assert message is not None
    return message


def test_what_was_agreed_counts_where_a_message_does_not_say_it(river: LabConnection) -> None:
    message = said(LOCAL_TIME.encode("windows-1252"))
    (item,) = items_of(message)
    assert message.reports[0].patient.last_name == "Muñoz"
    assert message.sent_at == datetime(2025, 6, 2, 4, 15, tzinfo=UTC)
    assert item.collected_at == datetime(2025, 6, 1, 13, 15, tzinfo=UTC)
    assert item.collected_on == date(2025, 6, 1) and item.unit == ""
    # Nobody knows anything of another sender: the day counts as written, and no unit is guessed.
    other = said(LOCAL_TIME.replace("RIVERSIDE", "EAST").encode())
    assert items_of(other)[0].collected_at is None and items_of(other)[0].unit == ""
    assert other.reports[0].patient.last_name == "Muñoz" and other.sent_at is None


def test_the_day_of_a_time_in_utc_is_the_one_where_the_sender_is(river: LabConnection) -> None:
    for zone, day in (("+0000", 1), ("Z", 1), ("-00:00", 1), ("+0100", 2), ("", 2)):
        text = LOCAL_TIME.replace("202506010815", f"202506020100{zone}")
        assert items_of(said(text.encode()))[0].collected_on == date(2025, 6, day), zone
        other = said(text.replace("RIVERSIDE", "EAST").encode())
        assert items_of(other)[0].collected_on == date(2025, 6, 2), zone


def test_what_a_message_says_itself_comes_first(river: LabConnection) -> None:
    text = LOCAL_TIME.replace("0815", "0815-0400").replace("250||", "250|10*9/L|")
    stated = text.replace("|P|2.5.1", "|P|2.5.1||||||UNICODE UTF-8")
    (item,) = items_of(said(stated.encode()))
    assert item.collected_at == datetime(2025, 6, 1, 12, 15, tzinfo=UTC)
    assert item.unit == "10*9/L"
    assert said(stated.encode()).reports[0].patient.last_name == "Muñoz"
    # Its own statement of its letters wins over what was agreed; an odd byte is a letter anyway.
    assert said(text.encode()).reports[0].patient.last_name == "MuÃ±oz"
    assert said(b"\x81".join(text.encode().split(b"Ana"))).reports[0].patient.first_name == "\x81"


def test_a_moment_in_no_year_is_a_day() -> None:
    for text in ("99991231235959-0500", "00010101000000+0500"):
        assert moment(text).day is not None and moment(text).at is None
    assert moment("99991231235959", ZoneInfo("America/Chicago")).at is None
    assert moment("18000101120000", ZoneInfo("America/Chicago")).at is not None


def test_a_change_counts_within_seconds_and_costs_no_question_a_message(
    river: LabConnection, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    remembered = Remembered()
    assert "LAB|RIVERSIDE" in remembered(labs.AT)
    end_sender(LabSender.objects.get(), by=BY, at=labs.AT)
    with django_assert_num_queries(0):
        assert "LAB|RIVERSIDE" in remembered(labs.AT + LONGEST / 2)
    assert "LAB|RIVERSIDE" not in remembered(labs.AT + LONGEST)
    # A clock that was set back asks again, and does not remember until it has caught up.
    assert "LAB|RIVERSIDE" not in remembered(labs.AT - timedelta(days=1))


def test_nothing_is_read_before_it_is_known_how(caplog: pytest.LogCaptureFixture) -> None:
    tries: list[datetime] = []

    def away(at: datetime) -> Any:
        tries.append(at)
        raise OperationalError

    def keep(messages: object, *, at: datetime) -> list[Outcome]:
        raise AssertionError("it was handed in")

    handing_in = HandingIn(keep, lambda: labs.AT, pauses=(0, 0), writers=1, agreed=away)
    handing_in.start()
    answered: Future[list[bytes]] = Future()
    handing_in.hand_in(LOCAL_TIME.encode(), None, answered)
    (answer,) = answered.result(10)
    assert handing_in.stop(10)
    assert b"MSA|AR|M1" in answer and b"207" in answer and len(tries) == 3


def test_every_check_of_the_list_comes_out_as_it_has_to_and_leaves_nothing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    version = lemtrada()
    checked = run_checklist(version, by=BY, at=labs.AT)
    assert [each for each in checked if not each.is_met] == [] and len(checked) == 25
    assert not (Patient.objects.exists() or LabConnection.objects.exists())
    assert not AuditEntry.objects.exists()
    # A house in which every unit is right would be noticed.
    monkeypatch.setattr(
        "etasu.registry.monitoring.judging.convert",
        lambda _table, _test, unit, sent: Converted(sent.value, "", unit, None, None),
    )
    wrong = [each.name for each in run_checklist(version, by=BY, at=labs.AT) if not each.is_met]
    assert wrong == ["A unit nobody knows", "No unit"]


def test_a_program_that_watches_no_numbers_has_no_checks() -> None:
    assert run_checklist(replace(lemtrada(), tests={}), by=BY, at=labs.AT) == []


def test_a_message_is_shown_field_by_field_with_what_is_wrong_at_its_place() -> None:
    problems = (
        Problem("OBX^1", 5, 102, "W", "OBX-5 is not a number", "Send the number."),
        Problem("OBX^1", 0, 207, "W", "It waits"),
        Problem("ZZZ^9", 0, 207, "W", "Somewhere else"),
    )
    shown = annotate(LOCAL_TIME.replace("|250|", "|**|").encode(), Verdict("AA", problems))
    places = {each.place: each for each in shown.segments}
    result = {field.place: field for field in places["OBX^1"].fields}
    assert result["OBX-5"].problems == ("OBX-5 is not a number. Send the number.",)
    assert result["OBX-3"].said == "777-3 · Platelets · LN" and "OBX-6" not in result
    assert places["OBX^1"].problems == ("It waits",) and places["OBX^1"].is_item
    assert places["MSH^1"].problems == ("Somewhere else",)
    collected = next(each for each in places["OBR^1"].fields if each.place == "OBR-7")
    assert collected.name == "Specimen collected at" and "(2025-06-01)" in collected.said


def test_whatever_is_pasted_can_be_shown() -> None:
    whole = [each.raw for each in LABORATORIES]
    torn = [raw[:cut] for raw in whole[:6] for cut in range(0, len(raw), 37)]
    for raw in (*whole, *torn, b"", b"\x00\xff", b"hello\nworld", "MSH|^~\\&|é".encode("utf-16")):
        shown = annotate(raw, Verdict("AE", (Problem("MSH^1", 0, 100, "E", "odd"),)))
        assert all(field.name for each in shown.segments for field in each.fields)
    many = LABORATORIES[0].raw + b"NTE|1||x\r" * 500
    assert annotate(many, Verdict("AA")).more > 90
