"""The parts of pages: words for every status, days with weekdays, numbers forgiven."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime
from html import unescape
from types import SimpleNamespace

import pytest
from django.template import Context, Template
from django.utils import translation

from etasu.portals.components import dates, words
from etasu.portals.components.forms import as_printed
from etasu.portals.components.records import (
    Cell,
    Signature,
    SummaryRow,
    TimelineEntry,
    WorklistTable,
    initials,
    patient_banner,
)
from etasu.registry.accounts import access
from etasu.safe_use.certification import StandingState
from etasu.safe_use.findings import Outcome


def render(source: str, **context: object) -> str:
    """A template with the portals' tags."""
    return Template("{% load portal %}" + source).render(Context(context))


def test_a_text_to_sign_is_set_without_a_character_more_or_less() -> None:
    text = "Program\nA <form>\n\nPart\nName\n    Mara & Noor\n    (twice)\nPhone\n  (no answer)\n"
    text += "\nNews\n    I may.\nI allow this.\n\nSignatures\n1. Patient: yes\n   or parent: yes\n"
    shown = render("<pre>{{ text|to_sign }}</pre>", text=text)
    assert unescape(re.sub("<[^>]+>", "", shown)) == text
    found = re.findall("<strong>(.*?)</strong>", shown)
    assert found == ["Program", "A &lt;form&gt;", "Part", "News", "Signatures"]
    assert re.findall('question">(.*?)<', shown) == ["Name", "Phone"]


def test_every_status_has_a_word_a_tone_and_a_sentence() -> None:
    assert set(words.STATUSES["finding"]) == {each.value for each in Outcome}
    assert set(words.STATUSES["standing"]) == {each.value for each in StandingState}
    assert set(words.STATUSES["decision"]) == {"authorized", "not_authorized", "cannot_decide"}
    assert set(words.STATUSES["authorization"]) == {"live", "used", "expired", "reversed"}
    tones = {words.GOOD, words.STOP, words.CARE, words.CALM, words.PLAIN}
    for kind in words.STATUSES.values():
        for each in kind.values():
            assert each.label and each.detail and each.tone in tones


def test_every_role_has_a_name() -> None:
    assert set(access.ROLES) <= set(words.ROLES)


def test_days_carry_their_weekday() -> None:
    assert dates.day(date(2025, 5, 6)) == "Tuesday, May 6, 2025"
    assert dates.short_day("2025-05-06") == "Tue, May 6, 2025"
    assert dates.day(None) == ""


def test_moments_carry_their_zone() -> None:
    at = datetime(2025, 5, 1, 15, 0, tzinfo=UTC)
    assert dates.moment(at, "America/New_York") == "Thu, May 1, 2025, 11:00 AM EDT"
    assert dates.moment(at, "Pacific/Honolulu") == "Thu, May 1, 2025, 5:00 AM HST"
    with translation.override("es"):
        assert dates.moment(at, "America/New_York") == "jue 1 may 2025 a las 11:00 a. m. EDT"
        assert dates.moment(at, "Asia/Kolkata") == "jue 1 may 2025 a las 8:30 p. m. IST"
        assert dates.brief_moment(at, "Etc/GMT+2") == "1 may 2025 a la 1:00 p. m. -02"


def test_spanish_days_read_as_spanish() -> None:
    with translation.override("es"):
        assert dates.day(date(2025, 5, 6)) == "martes 6 de mayo de 2025"


@pytest.mark.parametrize(
    "typed", ["7QK2M-X0B4T-N", "7qk2m x0b4t n", "7QK2MXOB4TN", " 7qk2m-xob4t-n "]
)
def test_a_number_is_read_however_it_is_typed(typed: str) -> None:
    assert as_printed(typed) == "7QK2M-X0B4T-N"


def test_a_banner_shows_no_more_than_is_needed() -> None:
    mara = SimpleNamespace(
        full_name="Mara Lindqvist",
        number="7QK2M-X0B4T-N",
        birth_date=date(1990, 6, 1),
        enrolled_on=date(2025, 4, 1),
        ended_on=None,
    )
    little = patient_banner(mara, in_full=False, on=date(2025, 5, 1))
    assert (little.name, little.born, little.enrollment) == ("M. L.", "1990", "enrolled")
    full = patient_banner(mara, in_full=True, on=date(2025, 5, 1))
    assert (full.name, full.born) == ("Mara Lindqvist", "1990-06-01")
    assert initials("") == ""


def test_what_people_typed_is_never_markup() -> None:
    bad = "<script>alert(1)</script>"
    at = datetime(2025, 5, 1, 15, 0, tzinfo=UTC)
    table = WorklistTable(bad, [bad], [[Cell(bad)]], bad)
    shown = [
        render("{% worklist_table table %}", table=table),
        render("{% summary_list rows %}", rows=[SummaryRow(bad, bad)]),
        render("{% timeline entries %}", entries=[TimelineEntry(at, bad, bad, bad)]),
        render("{% signature_block s %}", s=Signature(bad, bad, at, bad, bad)),
        render("{% page_header bad bad bad %}", bad=bad),
    ]
    assert all("<script" not in text and "&lt;script" in text for text in shown)


def test_a_list_that_is_empty_says_so() -> None:
    table = WorklistTable("Patients", ["Name"], [], "Nobody yet.")
    assert "Nobody yet." in render("{% worklist_table table %}", table=table)


def test_what_says_nothing_is_left_out_where_cells_stand_one_below_the_other() -> None:
    row = [Cell("Ana"), Cell("–"), Cell(""), Cell("0"), Cell(status=("obligation", "due"))]
    shown = render(
        "{% worklist_table table %}",
        table=WorklistTable("Patients", ["Name", "A", "B", "C", "D"], [row], "Nobody yet."),
    )
    assert shown.count('class="worklist__blank"') == 2
