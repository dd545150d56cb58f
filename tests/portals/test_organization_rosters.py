"""Rosters on pages: good rows kept, bad rows told, nothing in a file that does harm."""

from __future__ import annotations

import csv
import io
import re
import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from etasu.registry.accounts import access
from etasu.registry.participants import roster as registry
from etasu.registry.participants.facts import steps_done
from etasu.registry.participants.models import Invitation, Membership, RosterFile
from tests.factories.mail_server import MailServer, link_in
from tests.factories.organizations import roster as file_of
from tests.portals.test_organization import page, send, site_of
from tests.portals.world import PASSWORD, PROGRAM, Cast, add_person

SignIn = Callable[[str], Client]
GOOD = [f"Staff{chr(97 + n)} Lake,staff{n}@example.org,infusion nurse,4/20/2026" for n in range(22)]
BAD = [
    "Bad Address,nobody,infusion nurse,4/20/2026",
    "=cmd|' /C calc'!A0,formula@example.org,surgeon,4/20/2026",
    "Tomo Row,tomo@example.org,infusion nurse,4/20/2030",
]


INES, OMAR = "Ines Lake,ines@example.org,nurse,", "Omar Hill,omar@example.org,other,"


@pytest.fixture
def rita(cast: Cast, signed_in: SignIn) -> Client:
    """The representative of Riverside."""
    at = cast.at - timedelta(days=9)
    add_person(PROGRAM, "rita", access.FACILITY_REPRESENTATIVE, cast.riverside, at)
    return signed_in("rita")


def upload(client: Client, cast: Cast, content: bytes, name: str = "staff.csv") -> Any:
    """Send a file."""
    file = SimpleUploadedFile(name, content, content_type="text/csv")
    return client.post(site_of(cast.riverside, "roster/send/"), {"file": file})


def rows_of(response: Any) -> list[list[str]]:
    """The cells of a file as a spreadsheet reads them."""
    text = b"".join(response.streaming_content).decode("utf-8-sig")
    return list(csv.reader(io.StringIO(text)))


def test_twenty_five_rows_with_three_bad_ones(rita: Client, cast: Cast) -> None:
    page(rita, site_of(cast.riverside, "roster/"))
    answer = upload(rita, cast, file_of(*GOOD, *BAD))
    report = page(rita, answer.url)
    assert "22 people are new." in report and "3 rows were not taken." in report
    rows = re.findall(r'<th scope="row" data-label="Row">\s*(\d+)\s*</th>', report)
    assert rows[0] == "24" and rows[-1] == "26" and "It is none of the roles" in report
    refused = rows_of(rita.get(f"{answer.url}rows.csv"))
    assert [row[1] for row in refused[1:]] == [
        "nobody", "formula@example.org", "tomo@example.org"
    ]  # fmt: skip
    # No cell begins as a formula does; what was typed is still there, after an apostrophe.
    cells = [cell for row in refused for cell in row]
    assert not [cell for cell in cells if cell[:1] in "=+-@\t\r" and cell]
    assert refused[2][0].startswith("'=cmd")
    # Put right and sent again in the columns it came in, the file is taken.
    right = [["Kay Right", row[1] if "@" in row[1] else "kay@example.org", "infusion nurse",
              "4/20/2026", row[4]] for row in refused[1:]]  # fmt: skip
    lines = io.StringIO()
    csv.writer(lines).writerows([refused[0], *right])
    again = upload(rita, cast, lines.getvalue().encode())
    assert "3 people are new." in page(rita, again.url)
    # The same file twice is the same file.
    assert upload(rita, cast, lines.getvalue().encode()).url == again.url
    assert RosterFile.objects.count() == 2
    whole = rows_of(rita.get(site_of(cast.riverside, "roster.csv")))
    assert len(whole) == 26 and upload(rita, cast, file_of(*GOOD)).status_code == 302


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"PK\x03\x04\x00\x00 an Excel workbook", "This is no CSV file."),
        (b"name;mail\r\nInes;ines@example.org", "The first row lacks these headings: role"),
        (b"", "There are no rows below the headings."),
    ],
)
def test_a_file_that_cannot_be_read_is_told_at_its_field(
    rita: Client, cast: Cast, content: bytes, said: str
) -> None:
    text = upload(rita, cast, content, "staff.xlsx").content.decode()
    assert text.count(said) == 2 and "Error:" in text
    nothing = rita.post(site_of(cast.riverside, "roster/send/"), {}).content.decode()
    assert "Choose the file" in nothing
    assert not RosterFile.objects.exists()


def test_the_template_is_a_roster_that_is_taken(rita: Client, cast: Cast) -> None:
    given = rita.get("/organization/roster-template.csv")
    assert given["Content-Disposition"].startswith("attachment")
    assert given["X-Content-Type-Options"] == "nosniff"
    answer = upload(rita, cast, b"".join(given.streaming_content))
    assert "1 person is new." in page(rita, answer.url)


def test_five_thousand_rows_come_through_the_page(rita: Client, cast: Cast) -> None:
    lines = [f"Given Family,given{n}@example.org,other staff,2026-04-20" for n in range(5000)]
    begun = time.perf_counter()
    answer = upload(rita, cast, file_of(*lines).decode().encode("utf-16"))
    assert "5000 people are new." in page(rita, answer.url)
    shown = page(rita, site_of(cast.riverside, "roster/"))
    assert time.perf_counter() - begun < 15
    assert "200 of 5000 shown" in shown and len(shown) < 400_000


def test_staff_are_invited_from_the_roster_and_lose_access_with_it(
    rita: Client, cast: Cast, mail: MailServer
) -> None:
    upload(rita, cast, file_of(INES, OMAR))
    roster = page(rita, site_of(cast.riverside, "roster/"))
    assert "Invite 1 person who does not sign in yet" in roster and "Does not sign in" in roster
    rita.post(site_of(cast.riverside, "roster/invite/"))
    [invited] = Invitation.objects.all()
    ines = Client()
    page(ines, link_in(mail.newest_to("ines@example.org")))
    ines.post("/invitation/", {"full_name": "Ines Lake", "password": PASSWORD, "again": PASSWORD})
    ines.post("/sign-in/", {"email": "ines@example.org", "password": PASSWORD})
    assert "Riverside" in page(ines, "/")
    assert ines.get("/facility/").status_code == 200
    assert "Signs in" in page(rita, site_of(cast.riverside, "roster/"))
    [entry] = registry.roster_of(cast.riverside).filter(email="ines@example.org")
    there = f"/organization/roster/{entry.pk}/remove/"
    assert "They can no longer sign in for this site" in page(rita, there)
    send(rita, there)
    assert ines.get("/facility/").status_code in (303, 404)
    assert Membership.objects.get(user__email="ines@example.org").ended_at is not None
    assert invited.participant_id == cast.riverside.pk


def test_one_person_is_listed_and_the_training_of_all_is_recorded(rita: Client, cast: Cast) -> None:
    there = site_of(cast.riverside, "roster/person/")
    kay = {"full_name": "Kay Lake", "email": "kay@example.org", "role": "infusion_nurse"}
    wrong = rita.post(there, kay | {"trained_on": "2030-01-01", "email": "kay"}).content.decode()
    assert "This day is yet to come." in wrong and 'value="Kay Lake"' in wrong
    send(rita, there, **kay)
    assert "Record that the staff is trained" not in page(rita, site_of(cast.riverside, "roster/"))
    assert rita.get(site_of(cast.riverside, "roster/trained/")).status_code == 302
    send(rita, there, **kay, trained_on="2026-04-30")
    assert "1 of 1 on the roster have a training date." in page(
        rita, site_of(cast.riverside, "roster/")
    )
    send(rita, site_of(cast.riverside, "roster/trained/"))
    assert steps_done(cast.riverside)["staff-trained"].isoformat() == "2026-04-30"
