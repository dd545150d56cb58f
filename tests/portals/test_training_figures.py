"""How people do in an assessment, as the program's own people see it."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable

import pytest
from django.test import Client

from etasu.registry.accounts.models import User
from etasu.registry.audit.actors import PLATFORM
from etasu.registry.audit.models import AuditEntry
from etasu.registry.education import actions, facts, progress
from tests.portals.test_access import body
from tests.portals.world import PROGRAM, Cast, version

SignIn = Callable[[str], Client]


def tried(cast: Cast, name: str, wrong: int) -> None:
    """Somebody hands in an attempt with so many mistakes."""
    taught = version(PROGRAM, cast.today)
    (bank,) = taught.assessments.values()
    user = User.objects.create_user(f"{name}@example.org", full_name=name)
    attempt = actions.begin_attempt(user, taught, bank, by=PLATFORM, at=cast.at)
    for place, each in enumerate(facts.asked_in(attempt)):
        choice = (each.right + 1) % 4 if place < wrong else each.right
        progress.keep_answer(attempt, each.item, choice)
    actions.hand_in(attempt, 100, on=cast.today, by=PLATFORM, at=cast.at)


@pytest.fixture
def figures(cast: Cast) -> Cast:
    """Two who passed at once, and one who did not."""
    for name, wrong in (("nia", 0), ("ola", 0), ("Penelope", 3)):
        tried(cast, name, wrong)
    return cast


def test_the_page_says_how_people_did(figures: Cast, signed_in: SignIn) -> None:
    page = signed_in("ada").get("/administrator/training/").content.decode()
    for said in ("People who tried", "2, 100 percent of those who passed", "missed most often"):
        assert said in page
    assert "Penelope" not in page


def test_the_file_says_what_the_page_says(figures: Cast, signed_in: SignIn) -> None:
    response = signed_in("quinn").get("/administrator/training.csv")
    rows = list(csv.reader(io.StringIO(body(response).lstrip("\ufeff"))))
    assert rows[0][:4] == ["Assessment", "Topic", "Code", "Wording"]
    assert sum(int(row[5]) for row in rows[1:]) == 24
    assert sum(int(row[6]) for row in rows[1:]) == 3
    shares = [int(row[7]) for row in rows[1:]]
    assert shares == sorted(shares, reverse=True) and shares[0] > 0
    assert AuditEntry.objects.filter(verb="training.exported").count() == 1


def test_before_anybody_tried_there_is_nothing_to_say(cast: Cast, signed_in: SignIn) -> None:
    page = signed_in("ada").get("/administrator/training/").content.decode()
    assert "Nobody has handed in answers yet." in page
