"""Following up: who is due and flagged, one patient's obligations, and what is decided."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from django.test import Client

from etasu.portals.watching.trends import trends
from etasu.registry.accounts.models import User
from etasu.registry.audit.actors import PLATFORM, Actor
from etasu.registry.audit.models import AuditEntry
from etasu.registry.monitoring.actions import record_result
from etasu.registry.monitoring.by_hand import ByHand, enter_results
from etasu.registry.monitoring.models import Extension, Result, SignalRow, Waiver, Watch
from etasu.registry.monitoring.watches import look_again
from etasu.registry.patients.models import Patient
from etasu.registry.treatment.actions import record_infusion
from tests.factories.own_programs import own
from tests.portals.conftest import Moment
from tests.portals.laboratory_world import PLATELETS, build_laboratory
from tests.portals.world import Cast

SignIn = Callable[[str], Client]


def treat(cast: Cast, who: Patient, days_ago: int) -> None:
    """An infusion so many days ago, and everything that follows from it."""
    record_infusion(
        who,
        course=1,
        given_on=cast.today - timedelta(days=days_ago),
        facility=cast.riverside,
        authorization_number=None,
        by=PLATFORM,
        at=cast.at,
    )
    while any(look_again(cast.today)):
        pass


def flag(cast: Cast, who: Patient, **more: Any) -> SignalRow:
    """A platelet count that crossed the limit."""
    result = record_result(
        who,
        "platelets",
        collected_on=cast.today,
        value="80",
        unit="10*3/uL",
        by=PLATFORM,
        at=cast.at,
    )
    row = {
        "program": "lemtrada",
        "program_version": "2024-03-04",
        "limit_code": "platelets-below-100",
        "patient": who,
        "result": result,
        "owner": who.prescriber,
        "urgency": "urgent",
        "certainty": "crossed",
        "seen": "80 10*3/uL",
        "reflex": ["cbc-with-differential"],
        "raised_at": cast.at,
        "raised_by": PLATFORM.number,
        "answer_until": cast.at + timedelta(hours=24),
    }
    return SignalRow.objects.create(**row | more)


def text(client: Client, address: str) -> str:
    response = client.get(address)
    assert response.status_code == 200, (address, response.status_code)
    return response.content.decode()


def test_the_worklist_names_who_comes_first_and_why(cast: Cast, signed_in: SignIn) -> None:
    treat(cast, cast.noor, 40)
    # What was collected before this course does not keep his month up.
    cast.otto.results.update(replaced_at=cast.at, replaced_by=PLATFORM.number)
    treat(cast, cast.otto, 40)
    flag(cast, cast.mara)
    page = text(signed_in("amara"), "/watching/")
    assert page.index("Mara Lindqvist") < page.index("Noor Haddad")
    assert "A result is urgent" in page and "Something is overdue" in page
    assert "Otto" not in page
    assert "All (2)" in page and "Results (1)" in page and "Overdue (1)" in page
    only = text(signed_in("amara"), "/watching/?show=flagged")
    assert "Mara Lindqvist" in only and "Noor Haddad" not in only
    assert "Nobody is in this list." in text(signed_in("amara"), "/watching/?show=soon")
    assert signed_in("amara").get("/watching/?show=nothing").status_code == 404
    everybody = text(signed_in("ada"), "/watching/")
    assert "Mara Lindqvist" in everybody
    assert "Otto Brandt" in everybody


def test_the_list_can_be_kept_as_a_file(cast: Cast, signed_in: SignIn) -> None:
    treat(cast, cast.noor, 40)
    Patient.objects.filter(pk=cast.noor.pk).update(full_name="=SUM(A1)")
    answer = signed_in("amara").get("/watching/?file=csv")
    rows = b"".join(answer.streaming_content).decode().splitlines()  # type: ignore[attr-defined]
    assert answer["Content-Type"].startswith("text/csv")
    assert len(rows) == 2 and rows[1].startswith("'=SUM(A1)")
    assert "Complete blood count with differential" in rows[1]


def test_one_patient_shows_what_falls_due_through_the_end(cast: Cast, signed_in: SignIn) -> None:
    treat(cast, cast.noor, 40)
    page = text(signed_in("amara"), f"/watching/patients/{cast.noor.number}/")
    assert "Monitoring goes on until everything due through" in page
    # Blood, creatinine and urine of the first month, as what is due and in the calendar.
    assert page.count("It need not be done") == 6
    assert "The whole calendar" in page and page.count('class="month"') >= 48
    assert signed_in("amara").get(f"/watching/patients/{cast.otto.number}/").status_code == 404
    reading = text(signed_in("ada"), f"/watching/patients/{cast.noor.number}/")
    assert "It need not be done" not in reading and "Have it go on longer" not in reading
    nobody = text(signed_in("amara"), f"/watching/patients/{cast.mara.number}/")
    assert "Nothing falls due" in nobody and "The whole calendar" not in nobody


def test_what_was_left_out_for_a_year_is_one_line_for_each_test(
    cast: Cast, signed_in: SignIn
) -> None:
    treat(cast, cast.noor, 400)
    page = text(signed_in("amara"), f"/watching/patients/{cast.noor.number}/")
    due, _, calendar = page.partition("The whole calendar")
    assert due.count("Complete blood count") == 2, "what is due, and the next one"
    assert "and 12 more" in due and due.count("/waive/monthly-cbc/") == 1
    assert calendar.count("/waive/monthly-cbc/") == 13
    reading = text(signed_in("ada"), f"/watching/patients/{cast.noor.number}/")
    assert "and 12 more" in reading and "/waive/" not in reading


def test_a_result_is_answered_with_what_was_done(
    cast: Cast, signed_in: SignIn, moment: Moment
) -> None:
    signal = flag(cast, cast.mara)
    client, address = signed_in("amara"), f"/watching/signals/{signal.number}/"
    page = text(client, f"/watching/patients/{cast.mara.number}/")
    assert "Repeat the complete blood count" in page and address in page
    assert "Tests to think of:" in page
    assert "Say what you did" in client.post(address, {"done": " "}).content.decode()
    assert not AuditEntry.objects.filter(verb="signal.acknowledged").exists()
    sent = client.post(address, {"done": "Count repeated, 84."})
    assert sent.url == f"/watching/patients/{cast.mara.number}/"
    signal.refresh_from_db()
    assert signal.done == "Count repeated, 84." and signal.acknowledged_by is not None
    again = client.post(address, {"done": "Again."}).content.decode()
    assert "Your note was not kept." in again and ">\nAgain.</textarea>" in again
    # Sent twice, it was kept the first time.
    assert client.post(address, {"done": "Count repeated, 84."}).status_code == 302
    signal.refresh_from_db()
    assert signal.done == "Count repeated, 84."
    assert "Answered" in text(client, f"/watching/patients/{cast.mara.number}/")
    assert signed_in("beck").get(address).status_code == 404
    assert signed_in("ada").get(address).status_code == 404


def test_monitoring_is_extended_and_one_test_waived(cast: Cast, signed_in: SignIn) -> None:
    treat(cast, cast.noor, 40)
    client, base = signed_in("amara"), f"/watching/patients/{cast.noor.number}"
    wrong = client.post(f"{base}/extend/", {"through": "2020-01-01", "reason": "low counts"})
    assert "Enter a day to come" in wrong.content.decode()
    for_life = client.post(f"{base}/extend/", {"through": "9999-12-31", "reason": "for life"})
    assert "Enter a day within the next 50 years" in for_life.content.decode()
    client.post(f"{base}/extend/", {"through": "2040-01-01", "reason": "counts are not steady"})
    assert Extension.objects.get().reason == "counts are not steady"
    assert "2040" in text(client, f"{base}/")
    due = Watch.objects.get(patient=cast.noor, code="monthly-cbc").open_due_on
    assert due is not None
    waive = f"{base}/waive/monthly-cbc/{due.isoformat()}/"
    assert "Complete blood count" in text(client, waive)
    assert "Say why" in client.post(waive, {"reason": ""}).content.decode()
    for _ in range(2):
        client.post(waive, {"reason": "done elsewhere"})
    assert Waiver.objects.get().reason == "done elsewhere"
    assert "Not needed" in text(client, f"{base}/")
    assert client.get(waive).status_code == 404
    assert client.get(f"{base}/waive/monthly-cbc/2031-01-01/").status_code == 404


@pytest.mark.parametrize("path", ["extend/", "waive/monthly-cbc/2026-01-01/", ""])
def test_somebody_elses_patient_is_unknown(cast: Cast, signed_in: SignIn, path: str) -> None:
    treat(cast, cast.otto, 40)
    address = f"/watching/patients/{cast.otto.number}/{path}"
    assert signed_in("amara").get(address).status_code == 404
    assert signed_in("ben").get(address).status_code == 404


def test_results_over_time_are_drawn_with_their_gaps_and_told_as_numbers(
    cast: Cast, signed_in: SignIn
) -> None:
    treat(cast, cast.noor, 300)
    for days_ago, value in ((290, "210"), (260, "190"), (100, "150"), (70, "82"), (40, "<5")):
        record_result(
            cast.noor,
            "platelets",
            collected_on=cast.today - timedelta(days=days_ago),
            value=value,
            unit="10*3/uL",
            by=PLATFORM,
            at=cast.at,
        )
    low = cast.noor.results.get(value="82")
    flag(cast, cast.noor, result=low)
    page = text(signed_in("amara"), f"/watching/patients/{cast.noor.number}/")
    # One more is the count the signal brought: two lines, for nothing is drawn across the gap.
    assert page.count("<polyline") == 2
    # What is below 5 is a bar down to the edge, and no point.
    assert page.count("<circle") == 4 and page.count("<path") == 2
    assert "crosses a limit" in page and "<td>82" not in page.replace("\n", "")
    assert ">100</text>" in page.replace("\n", "").replace("  ", "")
    assert page.count("<tr>") > 5 and "Results over time" in page


def test_a_result_that_is_being_corrected_is_marked_and_counts_for_nothing(
    cast: Cast, signed_in: SignIn
) -> None:
    treat(cast, cast.mara, 100)
    lab = build_laboratory(cast)
    for days, value in ((60, "210"), (30, "220")):
        on = cast.today - timedelta(days=days)
        record_result(
            cast.mara, "platelets", collected_on=on, value=value, unit="10*3/uL",
            by=PLATFORM, at=cast.at,
        )  # fmt: skip
    lab.send(lab.message(f"{PLATELETS}|80|K/uL"))
    address = f"/watching/patients/{cast.mara.number}/"
    amara = signed_in("amara")
    before = text(amara, address)
    assert "eing corrected" not in before and before.count("<circle") == 2
    lab.send(lab.message(f"{PLATELETS}|see note|K/uL|C", control="M2"))
    page = " ".join(text(amara, address).split())
    assert "somebody has to look at it first" in page and "Being corrected" in page
    assert page.count('stroke-dasharray="2 2"') == 1 and page.count("<circle") == 3
    assert "220 10*3/uL </summary>" in page and "<strong>being corrected</strong>" in page
    # Whoever has to answer for it is told that it was said otherwise since.
    assert "Corrected since" in page


def found(test: str, value: str, unit: str | None, on: date, **more: Any) -> SimpleNamespace:
    """A result as the page has it."""
    given = {"pk": 1, "comparator": "", "collected_moment": None, **more}
    return SimpleNamespace(test=test, value=value, unit=unit, collected_on=on, **given)


def test_what_lies_between_two_numbers_is_drawn_told_and_joined_to_nothing() -> None:
    """A count of `20-30` is the newest one, and no line runs across it."""
    version, test = own("lemtrada").versions[-1], "urine-erythrocytes"
    unit = version.tests[test].unit
    sent = [("2", 5), ("1", 25), ("20-30", 45), ("3", 65), ("2", 85), ("see note", 105), ("1", 125)]
    rows = [
        found(test, value, unit, date(2026, 1, 1) + timedelta(days=days), pk=days)
        for value, days in sent
    ]
    (one,) = trends(rows[:3], (), frozenset({45}), version)
    assert one.newest == f"20-30 {unit}" and one.is_flagged
    assert [each.said for each in one.rows] == ["20-30", "1", "2"]
    (bar,) = one.bars
    assert bar.is_flagged and bar.top < bar.bottom and bar.said.startswith(f"20-30 {unit}")
    assert all(point.y > bar.bottom for point in one.points) and len(one.points) == 2
    (every,) = trends(rows, (), frozenset(), version)
    assert [each.count(" ") for each in every.lines] == [1, 1] and len(every.points) == 5
    assert every.newest == f"1 {unit}" and len(every.rows) == 7
    (below,) = trends([found(test, "<5", unit, date(2026, 1, 1))], (), frozenset(), version)
    assert below.bars[0].ends == (below.bars[0].top,) and not below.points
    (between,) = trends(rows[2:3], (), frozenset(), version, frozenset({45}))
    assert between.bars[0].is_being_corrected and between.newest == "being corrected"


def test_results_of_one_day_are_told_in_the_order_they_were_collected_in() -> None:
    version, on = own("lemtrada").versions[-1], date(2026, 1, 5)
    early, late = (datetime(2026, 1, 5, hour, tzinfo=UTC) for hour in (8, 18))
    rows = [
        found("platelets", "300", "10*3/uL", on, pk=2, collected_moment=early),
        found("platelets", "140", "10*3/uL", on, pk=1, collected_moment=late),
    ]
    (one,) = trends(rows, (), frozenset(), version)
    assert one.newest == "140 10*3/uL" and [each.said for each in one.rows] == ["140", "300"]


def test_results_that_are_words_are_told_in_a_table() -> None:
    version, on = own("lemtrada").versions[-1], date(2026, 1, 5)
    (one,) = trends([found("urine-protein", "negative", None, on)], (), frozenset(), version)
    assert one.newest == "negative" and not one.is_drawn and len(one.rows) == 1
    assert trends([found("alt-ast", "done", None, on)], (), frozenset(), version) == []


def test_whoever_typed_a_result_takes_it_back_with_a_reason(cast: Cast, signed_in: SignIn) -> None:
    treat(cast, cast.mara, 100)
    typed = [ByHand("platelets", "250", "K/uL", cast.today - timedelta(days=3))]
    amara = signed_in("amara")
    user = User.objects.get(email="amara@example.org")
    enter_results(cast.mara, typed, by=Actor(user.number, "prescriber"), at=cast.at)
    result = Result.objects.get(test="platelets", report__isnull=False)
    address = f"/watching/patients/{cast.mara.number}/results/{result.pk}/"
    assert f'href="{address}"' in text(amara, f"/watching/patients/{cast.mara.number}/")
    assert "Take this result back" in text(amara, address)
    assert "Say why" in amara.post(address, {"reason": ""}).content.decode()
    assert "Take this result back" in text(signed_in("ada"), address)
    done = amara.post(address, {"reason": "It was the day before."}, follow=True)
    assert "It counts no more. What it met is open again." in done.content.decode()
    result.refresh_from_db()
    assert result.replaced_at is not None and amara.get(address).status_code == 404
    told = AuditEntry.objects.get(verb="results.resolved", subject=cast.mara.number)
    assert told.detail["how"] == "refused"


def test_a_result_somebody_else_sent_is_not_the_clinics_to_take_back(
    cast: Cast, signed_in: SignIn
) -> None:
    treat(cast, cast.mara, 100)
    lab = build_laboratory(cast)
    lab.send(lab.message(f"{PLATELETS}|250|K/uL"))
    result = Result.objects.get(test="platelets", report__isnull=False)
    address = f"/watching/patients/{cast.mara.number}/results/{result.pk}/"
    amara = signed_in("amara")
    assert address not in text(amara, f"/watching/patients/{cast.mara.number}/")
    assert amara.get(address).status_code == amara.post(address, {"reason": "r"}).status_code == 404


def test_results_that_are_all_being_corrected_can_be_drawn() -> None:
    version = own("lemtrada").versions[-1]
    row = found("tsh", "2.5", "m[IU]/L", date(2026, 1, 5))
    (one,) = trends([row, row], (), frozenset(), version, frozenset({1}))
    assert one.lines == () and one.newest == "being corrected"
    assert [each.is_being_corrected for each in one.rows] == [True, True]


def test_a_trend_of_one_day_or_one_value_can_be_drawn() -> None:
    version = own("lemtrada").versions[-1]
    on = date(2026, 1, 5)
    row = found("tsh", "2.5", "m[IU]/L", on)
    (one,) = trends([row], (), frozenset(), version)
    assert one.lines == () and len(one.points) == 1 and one.newest == "2.5 m[IU]/L"
    assert [mark.said for mark in one.months] == ["2026-01-05", "2026-03-06"]
    word = SimpleNamespace(**{**vars(row), "value": "negative"})
    other = SimpleNamespace(**{**vars(row), "unit": "g/L"})
    (told,) = trends([word, SimpleNamespace(**{**vars(other), "pk": 2})], (), frozenset(), version)
    assert not told.is_drawn and [each.said for each in told.rows] == ["negative", "2.5 g/L"]
    same = SimpleNamespace(**{**vars(row), "value": "0", "collected_on": date(2026, 2, 1)})
    (flat,) = trends([same, same], (on,), frozenset({1}), version)
    assert flat.is_flagged and len(flat.courses) == 1
