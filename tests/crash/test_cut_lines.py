"""Nothing is lost or doubled when the line breaks at any byte of a question or an answer."""

from __future__ import annotations

import json
import random
import socket
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import date
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

import psycopg
import pytest

from etasu.clock.time import now_utc
from etasu.programs.library import load_library
from etasu.safe_use.forms import questions
from etasu.safe_use.program import FormDefinition
from tests.crash.clients import Crowd
from tests.crash.form_client import Browser
from tests.crash.form_history import KeptForms, Walked, form_contradictions, read_kept_forms
from tests.crash.form_world import PROGRAM, ZONE
from tests.crash.history import contradictions, read_kept
from tests.crash.proxy import CuttingProxy
from tests.crash.test_kill import Site, kill_all, site, wait_for_more  # noqa: F401
from tests.factories.answers import right_answer, right_answers
from tests.factories.homes import run
from tests.portals.world import PASSWORD

CALLS, SHARE_CUT = 2000, 0.25
# A page is longer than an answer of the gate, and a form sent longer than a question to it.
SHARE_OF_FORMS_CUT, FORM_AND_PAGE = 0.3, (1200, 9000)


def test_nothing_is_lost_or_doubled_when_the_line_is_cut(site: Site) -> None:  # noqa: F811
    server = site.serve()
    proxy = CuttingProxy(site.port, seed=5, share=SHARE_CUT)
    proxy.start()
    crowd = Crowd(proxy.port, site.world, seed=11, threads=8)
    try:
        crowd.start()
        while len(crowd.acknowledged) < CALLS:
            wait_for_more(crowd, 10)
    finally:
        crowd.stop()
        proxy.stop()
        # Read while the server runs: the database ends with its last user.
        with psycopg.connect(site.address()) as db:
            kept = read_kept(db)
        kill_all(server)
    assert crowd.is_done
    assert crowd.unexpected == []
    assert contradictions(crowd.acknowledged, crowd.sent, kept) == []
    assert set(crowd.acknowledged) == crowd.sent
    assert proxy.cuts > CALLS * SHARE_CUT / 2, "too few lines were cut to prove anything"


class Filling(NamedTuple):
    """Somebody who fills in one form, again and again, behind a line that is cut."""

    definition: FormDefinition
    world: Mapping[str, Any]
    port: int
    seed: int

    def walk(self) -> tuple[list[Walked], Counter[str]]:
        """Every round to its end; and how much was asked, cut, and sent again."""
        proxy = CuttingProxy(self.port, self.seed, SHARE_OF_FORMS_CUT, FORM_AND_PAGE)
        proxy.start()
        browser, walks = Browser(proxy.port, self.seed), []
        today = now_utc().astimezone(ZoneInfo(ZONE)).date()
        try:
            browser.sign_in(f"{self.world['who']}@example.org", PASSWORD)
            for begin in self.world["begin"]:
                browser.typed = {}
                said = answers_to(self.definition, today, random.Random(f"{self.seed} {begin}"))
                number = browser.fill_in_and_sign(begin, said, PASSWORD)
                walks.append(Walked(number, self.definition, browser.typed))
        finally:
            proxy.stop()
        counts = {"asked": browser.requests, "cut": proxy.cuts, "sent again": browser.sent_again}
        return walks, Counter(counts)


def answers_to(definition: FormDefinition, on: date, chance: random.Random) -> dict[str, str]:
    """An answer for every question the form could ask; whoever it is about is somebody new."""
    every = {key: right_answer(field, on) for key, field, _row in questions(definition)}
    name = "".join(chance.choices("abcdefghijklmnopqrstuvwxyz", k=9)).title()
    told = {key: name for key in every if key.endswith("-name")}
    return every | right_answers(definition, on) | told


def test_no_answer_is_lost_and_every_form_is_signed_once_when_the_line_is_cut(
    site: Site,  # noqa: F811
) -> None:
    cut_while_filling_in(site, rounds=1)


@pytest.mark.long
def test_the_same_holds_many_times_over(site: Site) -> None:  # noqa: F811
    cut_while_filling_in(site, rounds=12)


def cut_while_filling_in(site: Site, rounds: int) -> None:  # noqa: F811
    """Every form of the program so many times, each behind a line of its own that is cut."""
    world = json.loads(run(site.environment, "-m", "tests.crash.form_world", str(rounds)))
    version = load_library().effective(PROGRAM, now_utc().date())
    assert version is not None and sorted(version.forms) == sorted(world)
    # How people sign in is proved elsewhere; here a password is enough.
    offered = {**site.environment, "ETASU_SECOND_STEP": "offered"}
    server = site._replace(environment=offered).serve()
    fillings = [
        Filling(version.forms[code], world[code], site.port, seed)
        for seed, code in enumerate(sorted(world), start=rounds)
    ]
    try:
        until_open(site.port)
        with ThreadPoolExecutor(4) as people:
            done = list(people.map(Filling.walk, fillings))
        with psycopg.connect(site.address()) as db:
            kept = read_kept_forms(db)
    finally:
        kill_all(server)
    walks = [walk for each, _counts in done for walk in each]
    counts: Counter[str] = sum((each for _walks, each in done), Counter())
    print(f"{len(walks)} forms of {len(world)} kinds:", *counts.items())
    assert form_contradictions(walks, kept) == []
    assert len(walks) == rounds * len(world) == len(kept.forms)
    assert kept.patients == 1 + rounds, "a patient is enrolled once"
    assert sum(len(walk.typed) for walk in walks) > 100 * rounds
    assert counts["cut"] > 20 * rounds and counts["sent again"] > 5 * rounds
    for word, fault in planted(walks[0].number, kept):
        told = form_contradictions(walks, fault)
        assert any(line.startswith(word) for line in told), word


def until_open(port: int) -> None:
    """Wait until the server listens."""
    deadline = time.monotonic() + 180
    while True:
        assert time.monotonic() < deadline, "the server did not come up in three minutes"
        with suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=5):
            return
        time.sleep(0.05)


def planted(number: str, kept: KeptForms) -> Iterator[tuple[str, KeptForms]]:
    """Records with a fault in each, and the word the checker names it by."""
    (_number, answers), *others = sorted(kept.forms, key=lambda row: row[0] != number)
    key = next(iter(answers))
    without = {each: said for each, said in answers.items() if each != key}
    first = next(row for row in kept.signatures if row[0] == number)
    saved = next(row for row in kept.saved if row[0] == number)
    yield "field", kept._replace(forms=[(number, without), *others])
    yield "field", kept._replace(forms=[(number, {**answers, key: "another"}), *others])
    yield "doubled or lost", kept._replace(forms=others)
    yield "doubled or lost", kept._replace(forms=[*kept.forms, (number, answers)])
    yield "from nowhere", kept._replace(forms=[*kept.forms, ("X", answers)])
    yield "signatures", kept._replace(signatures=[*kept.signatures, first])
    yield "saved again", kept._replace(saved=[*kept.saved, saved])
    yield "audit", kept._replace(audited=[each for each in kept.audited if each != number])
