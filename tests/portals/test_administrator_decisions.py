"""The decision explorer: filters, the file, why, and whether it would be decided so again."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable
from html import unescape

import orjson
import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from etasu.portals.administrator.timeline import VERBS, verb_said
from etasu.portals.administrator.trail_words import OTHER_VERBS
from etasu.portals.components.spreadsheet import as_csv, safe_cell
from etasu.registry.audit.models import AuditEntry
from etasu.registry.authorizations.models import Decision
from tests.portals.world import Cast, ask_gate, authorize_course
from tests.repository.places import SOURCE

SignIn = Callable[[str], Client]


def some_decisions(cast: Cast) -> None:
    """A course authorized, a shipment refused for Noor, an infusion day authorized for Mara."""
    authorize_course(cast)
    ask_gate(cast, "ben", "infuse", cast.mara)
    ask_gate(cast, "cora", "dispense", cast.noor)


def shown_rows(page: str) -> list[list[str]]:
    """The text of the table's rows."""
    body = page.split("<tbody>")[1].split("</tbody>")[0]
    rows = re.findall(r"<tr>(.*?)</tr>", body, re.S)
    cells = [re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", row, re.S) for row in rows]
    return [[unescape(re.sub(r"<[^>]+>", "", c)).strip() for c in row] for row in cells]


def filed_rows(client: Client, asked: str = "") -> list[list[str]]:
    """The rows of the downloaded file, the column names first."""
    response = client.get(f"/administrator/decisions.csv{asked}")
    text = b"".join(response.streaming_content).decode("utf-8-sig")
    return list(csv.reader(io.StringIO(text)))


@pytest.mark.parametrize(
    ("asked", "count"),
    [
        ("", 3),
        ("?gate=infuse", 1),
        ("?outcome=not_authorized", 1),
        ("?outcome=authorized&gate=authorize", 1),
        ("?since=2026-05-02", 0),
        ("?until=2026-04-30", 0),
        ("?since=2026-05-01&until=2026-05-01", 3),
    ],
)
def test_the_file_equals_what_is_shown(
    cast: Cast, signed_in: SignIn, asked: str, count: int
) -> None:
    some_decisions(cast)
    client = signed_in("quinn")
    page = client.get(f"/administrator/decisions/{asked}").content.decode()
    shown = shown_rows(page) if count else []
    assert len(shown) == count
    assert filed_rows(client, asked)[1:] == shown
    assert AuditEntry.objects.filter(verb="decisions.exported").count() == 1


def test_no_cell_of_the_file_is_run_by_a_spreadsheet() -> None:
    for text in ("=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1"):
        assert safe_cell(text) == f"'{text}"
    assert safe_cell("7QK2M-X0B4T-9") == "7QK2M-X0B4T-9"
    rows = [('a "quoted", cell', "=cmd|' /C calc'!A0")]
    text = "".join(as_csv(rows)).removeprefix("\ufeff")
    assert next(csv.reader(io.StringIO(text))) == [rows[0][0], f"'{rows[0][1]}"]


def test_many_decisions_come_a_page_at_a_time(cast: Cast, signed_in: SignIn) -> None:
    for _ in range(53):
        ask_gate(cast, "cora", "dispense", cast.noor)
    client = signed_in("ada")
    page = client.get("/administrator/decisions/?outcome=not_authorized").content.decode()
    assert len(shown_rows(page)) == 50 and "50 of 53 shown" in page
    older = re.search(r'href="\?([^"]*page=2)"', page)
    assert older is not None
    rest = client.get(f"/administrator/decisions/?{unescape(older[1])}").content.decode()
    assert len(shown_rows(rest)) == 3
    assert len(filed_rows(client)) == 54


def test_a_longer_list_takes_no_more_queries(cast: Cast, signed_in: SignIn) -> None:
    client = signed_in("ada")

    def queries() -> int:
        with CaptureQueriesContext(connection) as asked:
            assert client.get("/administrator/decisions/").status_code == 200
        return len(asked)

    ask_gate(cast, "cora", "dispense", cast.noor)
    queries()
    before = queries()
    for _ in range(9):
        ask_gate(cast, "cora", "dispense", cast.noor)
    assert queries() == before


def test_a_decision_says_why_on_which_facts_under_which_version(
    cast: Cast, signed_in: SignIn
) -> None:
    given = ask_gate(cast, "cora", "dispense", cast.noor)
    there = f"/administrator/decisions/{given.decision.number}/"
    page = signed_in("quinn").get(there).content.decode()
    for each in (
        "Not authorized",
        "There is no such authorization.",
        "2024-03-04",
        cast.noor.number,
        cast.cedar.number,
        "The facts it rests on",
    ):
        assert each in page


def test_decided_again_it_is_the_same_to_the_letter(cast: Cast, signed_in: SignIn) -> None:
    some_decisions(cast)
    client = signed_in("quinn")
    for kept in Decision.objects.all():
        page = client.get(f"/administrator/decisions/{kept.number}/again/").content.decode()
        assert "the same answer, to the letter" in page


def test_an_answer_that_was_tampered_with_differs(cast: Cast, signed_in: SignIn) -> None:
    given = ask_gate(cast, "cora", "dispense", cast.noor)
    said = orjson.loads(given.decision.answer) | {"outcome": "authorized"}
    with connection.cursor() as db:
        db.execute("SET CONSTRAINTS ALL IMMEDIATE")
        db.execute("ALTER TABLE authorizations_decision DISABLE TRIGGER USER")
        Decision.objects.filter(pk=given.decision.pk).update(answer=orjson.dumps(said).decode())
        db.execute("ALTER TABLE authorizations_decision ENABLE TRIGGER USER")
    there = f"/administrator/decisions/{given.decision.number}/again/"
    page = signed_in("ada").get(there).content.decode()
    assert "the answer differs" in page and "Not authorized" in page


def test_an_unknown_decision_is_not_found(cast: Cast, signed_in: SignIn) -> None:
    client = signed_in("ada")
    assert client.get("/administrator/decisions/7QK2M-X0B4T-9/").status_code == 404
    assert client.get("/administrator/decisions/7QK2M-X0B4T-9/again/").status_code == 404


def test_every_verb_of_the_trail_has_a_word() -> None:
    # The simulator reads the trail, by the beginnings of its verbs.
    writing = [path for path in SOURCE.rglob("*.py") if "sim" not in path.parts]
    text = "\n".join(path.read_text() for path in writing)
    nouns = "authorization|carry_over|certificate|compliance_event|consent|course"
    nouns += "|decisions|delegate|dispense|document|draft|form|gate|hold|infusion|infusion_day"
    nouns += "|invitation|lab_code|lab_item|lab_report|lab_sender|link|member|notice"
    nouns += "|obligation|organization|participant|patient|person|records|result|roster"
    nouns += "|post|signal|topic|user|vials|waiver"
    written = set(re.findall(rf'"((?:{nouns})\.[a-z_]+)"', text))
    assert written - {"decisions.csv"} - VERBS.keys() - OTHER_VERBS.keys() == set()
    assert verb_said("vial.looked_at") == "Vial looked at"
    states = {"used", "expired", "reversed"}
    assert {f"authorization.{state}" for state in states} <= set(VERBS)
