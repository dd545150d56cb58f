"""Rosters: good rows are taken, bad rows are told by row, column and reason, and nothing twice."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from etasu.registry.accounts import access
from etasu.registry.audit.actors import PLATFORM, Actor
from etasu.registry.audit.models import AuditEntry
from etasu.registry.participants import actions, invitations, roster
from etasu.registry.participants.csv_rows import BadFile, FileProblem, Row
from etasu.registry.participants.facts import roles_of, steps_done
from etasu.registry.participants.models import Membership, Participant, RosterEntry, RosterFile
from etasu.registry.participants.roster_file import (
    STAFF_ROLES,
    CellProblem,
    people_in,
    read_rows,
)
from tests.factories.organizations import HEADINGS, grace_of, person
from tests.factories.organizations import roster as file_of
from tests.factories.teaching import AT, ON, PROGRAM, certified, version
from tests.registry.test_organizations import SINCE, chain

BEN = Actor("ben", "facility_representative")
LATER = AT + timedelta(hours=1)
ROLES = STAFF_ROLES["facility"]
INES = "Ines Lake,ines@example.org,infusion nurse,4/30/2025"
OMAR = "Omar Hill,omar@example.org,Other staff,2025-04-01"


@pytest.fixture
def site(db: None) -> Participant:
    """A certified facility."""
    return certified("facility", "Riverside", SINCE)


def receive(site: Participant, content: bytes, at: object = AT) -> RosterFile:
    """A file is received for the site alone."""
    return roster.receive_roster(site, content, among=[site], by=BEN, at=at)


def problems(line: str) -> list[tuple[str, str]]:
    """What is wrong with one row."""
    _, bad = people_in(read_rows(file_of(line)), ROLES, ON)
    return [(column, code.value) for each in bad for column, code in each.problems]


def wording(site: Participant) -> list[tuple[str, str, date | None]]:
    """Who is on the roster, as what, trained when."""
    return [(e.full_name, e.role, e.trained_on) for e in roster.roster_of(site)]


@pytest.mark.parametrize(
    "content",
    [
        file_of(INES),
        b"\xef\xbb\xbf" + file_of(INES),
        file_of(INES).decode().encode("utf-16"),
        file_of(INES).replace(b"\r\n", b"\n"),
        file_of(INES).replace(b"\r\n", b"\r"),
        file_of(INES).replace(b",", b";"),
        file_of(INES).replace(b",", b"\t"),
        file_of('"Ines Lake","INES@example.org",NURSE,04/30/2025', headings=HEADINGS.upper()),
        file_of(",,,", INES, "", " , , "),
        file_of("x,30/4/25,Ines Lake,ines@example.org,Infusion_Nurse,4/30/2025",
                headings="badge,hired,Full Name,E-Mail Address,ROLE,Training date"),
        file_of("ines@example.org;2025-04-30;enfermera;Ines Lake",
                headings="correo electrónico;fecha de capacitación;rol;nombre"),
    ],
    ids=["plain", "bom", "utf-16", "lf", "cr", "semicolons", "tabs", "quoted", "empty rows",
         "other columns", "spanish"],
)  # fmt: skip
def test_what_spreadsheets_write_is_read(content: bytes) -> None:
    good, bad = people_in(read_rows(content), ROLES, ON)
    assert [each[1:5] for each in good] == [
        ("Ines Lake", "ines@example.org", access.INFUSION_NURSE, date(2025, 4, 30))
    ]
    assert bad == []


def test_old_windows_files_keep_their_letters() -> None:
    content = file_of("José Peña,jose@example.org,nurse,").decode().encode("cp1252")
    [person_read], _ = people_in(read_rows(content), ROLES, ON)
    assert person_read.full_name == "José Peña" and person_read.trained_on is None


@pytest.mark.parametrize(
    ("line", "said"),
    [
        (",ines@example.org,nurse,", [("name", "missing")]),
        ("Ines,,nurse,", [("e-mail", "missing")]),
        ("Ines,ines@example.org,,", [("role", "missing")]),
        ("Ines,ines@example,nurse,", [("e-mail", "email_odd")]),
        ("Ines,ines at example.org,nurse,", [("e-mail", "email_odd")]),
        ("Ines,ines@example.org,pharmacist,", [("role", "role_unknown")]),
        ("Ines,ines@example.org,doctor,", [("role", "role_unknown")]),
        ("Ines,ines@example.org,nurse,2025-05-02", [("trained on", "day_to_come")]),
        ("Ines,ines@example.org,nurse,1925-05-02", [("trained on", "day_long_ago")]),
        ("Ines,ines@example.org,nurse,4/31/2025", [("trained on", "day_unreadable")]),
        ("Ines,ines@example.org,nurse,30/4/2025", [("trained on", "day_unreadable")]),
        ("Ines,ines@example.org,nurse,4/30/25", [("trained on", "day_unreadable")]),
        ("=1+1,ines@example.org,nurse,", [("name", "name_odd")]),
        ("4711,ines@example.org,nurse,", [("name", "name_odd")]),
        ("<b>Ines</b>,ines@example.org,nurse,", [("name", "name_odd")]),
        (f"{'I' * 201},ines@example.org,nurse,", [("name", "too_long")]),
        ("4711,no,no,no", [("name", "name_odd"), ("e-mail", "email_odd"), ("role", "role_unknown"),
                           ("trained on", "day_unreadable")]),
        ("Ines", [("e-mail", "missing"), ("role", "missing")]),
    ],
)  # fmt: skip
def test_a_bad_row_says_which_column_and_why(line: str, said: list[tuple[str, str]]) -> None:
    assert problems(line) == said


def test_somebody_named_twice_is_taken_from_the_first_row() -> None:
    rows = read_rows(file_of(INES, INES.replace("ines@", "INES@"), INES.replace("Lake", "Hill")))
    good, bad = people_in(rows, ROLES, ON)
    assert [each.full_name for each in good] == ["Ines Lake"]
    assert [(each.row.number, each.problems) for each in bad] == [
        (4, (("e-mail", CellProblem.EMAIL_TWICE),))
    ]


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"", FileProblem.EMPTY),
        (b"\r\n \r\n", FileProblem.EMPTY),
        (HEADINGS.encode(), FileProblem.EMPTY),
        (b"PK\x03\x04\x00\x00" * 9, FileProblem.NOT_TEXT),
        (b"\xff\xfe\x00", FileProblem.NOT_TEXT),
        (b"name,mail\r\nInes,ines@example.org", FileProblem.NO_COLUMNS),
        (file_of(*["x"] * 20_001), FileProblem.TOO_MANY_ROWS),
        (b"x" * 5_000_001, FileProblem.TOO_LARGE),
        (f'{HEADINGS}\r\n"{"x" * 200_000}"'.encode(), FileProblem.NOT_TEXT),
    ],
)
def test_a_file_that_is_none_is_told_as_a_whole(content: bytes, why: FileProblem) -> None:
    with pytest.raises(BadFile) as refused:
        read_rows(content)
    assert refused.value.why is why
    wanted = ("role", "trained on") if why is FileProblem.NO_COLUMNS else ()
    assert refused.value.missing == wanted


@given(st.binary(max_size=300))
def test_whatever_is_sent_is_read_or_refused(content: bytes) -> None:
    try:
        rows = read_rows(HEADINGS.encode() + b"\r\n" + content)
    except BadFile:
        return
    good, bad = people_in(rows, ROLES, ON)
    assert len(good) + len(bad) <= len(rows)


def test_good_rows_are_kept_and_bad_ones_told(site: Participant) -> None:
    kept = receive(site, file_of(INES, "Bad,,nurse,", OMAR))
    assert (kept.rows, kept.added, kept.changed, kept.unchanged) == (3, 2, 0, 0)
    assert wording(site) == [
        ("Ines Lake", "infusion_nurse", date(2025, 4, 30)),
        ("Omar Hill", "other_staff", date(2025, 4, 1)),
    ]
    assert kept.refused == [
        {
            "row": 3,
            "cells": {"name": "Bad", "e-mail": "", "role": "nurse", "trained on": ""},
            "problems": [["e-mail", "missing"]],
        }
    ]
    entry = AuditEntry.objects.get(verb="roster.received")
    assert entry.detail["added"] == 2 and "Ines" not in str(entry.detail)


def test_the_same_file_twice_changes_nothing(site: Participant) -> None:
    content = file_of(INES, "Bad,,nurse,", OMAR)
    first = receive(site, content)
    rows = list(RosterEntry.objects.values())
    assert receive(site, content, LATER) == first
    assert list(RosterEntry.objects.values()) == rows
    assert AuditEntry.objects.filter(verb="roster.received").count() == 1


def test_the_same_file_after_a_change_puts_it_back(site: Participant) -> None:
    content = file_of(INES)
    receive(site, content)
    receive(site, file_of(INES.replace("Lake", "Hill")), LATER)
    third = receive(site, content, LATER + timedelta(hours=1))
    assert third.changed == 1 and wording(site)[0][0] == "Ines Lake"


def test_a_correction_keeps_what_was_there_before(site: Participant) -> None:
    receive(site, file_of(INES))
    changed = receive(site, file_of(INES.replace("4/30/2025", "5/1/2025")), LATER)
    assert (changed.added, changed.changed) == (0, 1)
    assert wording(site) == [("Ines Lake", "infusion_nurse", ON)]
    before = RosterEntry.objects.get(participant=site, listed_at=AT)
    assert before.trained_on == date(2025, 4, 30) and before.removed_by == "ben"
    assert before.removed_at == LATER


def test_who_is_not_in_the_file_stays_and_an_empty_day_changes_nothing(site: Participant) -> None:
    receive(site, file_of(INES, OMAR))
    again = receive(site, file_of("Ines Lake,ines@example.org,nurse,"), LATER)
    assert (again.added, again.changed, again.unchanged) == (0, 0, 1)
    assert len(wording(site)) == 2


def test_a_row_may_name_another_site_of_ours(db: None) -> None:
    riverside, hillview = chain("Riverside", "Hillview")
    [lakeside] = chain("Lakeside")
    lines = [
        f"Ines Lake,ines@example.org,nurse,,{hillview.number.lower()}",
        "Omar Hill,omar@example.org,nurse,,",
        f"Uma Hill,uma@example.org,nurse,,{lakeside.number}",
        f"Otto Hill,omar@example.org,nurse,,{riverside.number}",
    ]
    content = file_of(*lines, headings=f"{HEADINGS},site")
    among = [riverside, hillview]
    kept = roster.receive_roster(riverside, content, among=among, by=BEN, at=AT)
    assert [each["problems"] for each in kept.refused] == [
        [["site", "site_unknown"]], [["e-mail", "email_twice"]],
    ]  # fmt: skip
    assert [wording(each)[0][0] for each in among] == ["Omar Hill", "Ines Lake"]
    assert not roster.roster_of(lakeside).exists()


def test_taking_somebody_off_ends_what_they_may_do_at_once(site: Participant) -> None:
    receive(site, file_of(INES))
    ines = person("ines")
    actions.add_member(ines, site, "infusion_nurse", program=PROGRAM, by=PLATFORM, at=AT)
    actions.add_member(ines, site, "auditor", program=PROGRAM, by=PLATFORM, at=AT)
    [entry] = roster.roster_of(site)
    roster.remove_from_roster(entry, by=BEN, at=LATER)
    assert [each.asker.role for each in roles_of(ines)] == ["auditor"]
    roster.remove_from_roster(entry, by=BEN, at=LATER)
    assert AuditEntry.objects.filter(verb="roster.person_removed").count() == 1


def test_another_role_ends_the_access_of_the_one_before(site: Participant) -> None:
    receive(site, file_of(INES, OMAR.replace("Other staff", "nurse")))
    held = actions.add_member(
        person("ines"), site, "infusion_nurse", program=PROGRAM, by=PLATFORM, at=AT
    )
    [omar] = roster.to_be_invited(site, AT)
    sent = invitations.invite(
        invitations.Invited(site, omar.role, omar.email, omar.full_name), by=BEN, at=AT
    )
    receive(site, file_of(INES.replace("infusion nurse", "other"), OMAR), LATER)
    assert Membership.objects.get(pk=held.pk).ended_by == "ben"
    assert invitations.open_invitation(sent.token, LATER) is None


def test_who_is_to_sign_in_and_does_not_is_to_be_invited(site: Participant) -> None:
    uma = "Uma Hill,uma@example.org,nurse,"
    receive(site, file_of(INES, OMAR, uma))
    assert [each.full_name for each in roster.to_be_invited(site, AT)] == ["Ines Lake", "Uma Hill"]
    actions.add_member(person("ines"), site, "infusion_nurse", program=PROGRAM, by=PLATFORM, at=AT)
    sent = invitations.invite(
        invitations.Invited(site, "infusion_nurse", "uma@example.org", "Uma Hill"), by=BEN, at=AT
    )
    assert roster.to_be_invited(site, AT) == []
    expired = sent.invitation.valid_until + timedelta(seconds=1)
    assert [each.full_name for each in roster.to_be_invited(site, expired)] == ["Uma Hill"]


def test_the_training_of_all_is_one_certification_step(site: Participant) -> None:
    receive(site, file_of(INES, OMAR, "Uma Hill,uma@example.org,nurse,"))
    with pytest.raises(roster.NotAllTrained):
        roster.record_staff_trained(site, version(), by=BEN, at=AT)
    row = Row(0, {})
    uma = roster.Person(row, "Uma Hill", "uma@example.org", "infusion_nurse", date(2025, 4, 2), "")
    roster.list_person(site, uma, by=BEN, at=AT)
    roster.record_staff_trained(site, version(), by=BEN, at=AT)
    said = AuditEntry.objects.get(verb="roster.staff_trained").detail
    assert said["people"] == 3 and len(said["hash"]) == 64
    # The teaching program asks for no training of the staff, so no step is noted.
    assert "staff-trained" not in steps_done(site)


def test_nobody_on_the_roster_is_not_everybody_trained(site: Participant) -> None:
    with pytest.raises(roster.NotAllTrained):
        roster.record_staff_trained(site, version(), by=BEN, at=AT)


def test_five_thousand_rows_take_no_statement_each(
    site: Participant, django_assert_max_num_queries: Callable[[int], AbstractContextManager[Any]]
) -> None:
    lines = [f"Given Family,given{n}@example.org,nurse,2025-04-30" for n in range(5000)]
    lines[::500] = ["Given Family,,nurse,2025-04-30"] * 10
    with django_assert_max_num_queries(60):
        kept = receive(site, file_of(*lines))
    assert (kept.added, len(kept.refused)) == (4990, 10)


def test_grace_does_not_concern_staff(site: Participant) -> None:
    with grace_of(PROGRAM, 30):
        receive(site, file_of(INES))
        [entry] = roster.roster_of(site)
        roster.remove_from_roster(entry, by=BEN, at=AT)
        assert Participant.objects.get(pk=site.pk).representative_left_on is None
