"""`etasu gate`: the answer first, the same as any door's, and nothing recorded unless asked for."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from datetime import datetime

import pytest

from etasu.programs import library
from etasu.registry.audit.models import AuditEntry
from etasu.registry.authorizations.models import Authorization, Decision
from etasu.registry.patients.models import Patient
from etasu.site import cli
from etasu.site.cli.answers import Exit
from tests.factories.teaching import AT, World, build_world

pytestmark = pytest.mark.django_db
ON = ("--on", "2025-05-01")
Capture = pytest.CaptureFixture[str]


@pytest.fixture(autouse=True)
def own_programs() -> Iterator[None]:
    """Commands stock the programs of the settings; the tests after these want their own."""
    yield
    library.use(None)


@pytest.fixture
def world() -> World:
    """Mara, ready for her first course at Riverside on May 1, 2025."""
    return build_world()


def ask(*arguments: str) -> int:
    """`etasu gate teaching …`, and how it ends."""
    return cli.run(["gate", "teaching", *arguments])


def test_a_preview_answers_as_of_a_past_day_and_issues_nothing(
    world: World, capsys: Capture
) -> None:
    entries = AuditEntry.objects.count()
    options = ("--patient", world.mara.number, "--facility", world.riverside.number, *ON)
    assert ask("authorize", *options) == Exit.DONE
    said = capsys.readouterr().out
    lines = said.splitlines()
    assert lines[0] == "AUTHORIZED"
    assert "It would hold from May 1, 2025 through May 20, 2025." in said
    assert lines.index("Why") < len(lines)
    assert "What to do next" not in lines
    assert lines[-1] == "A preview: nothing was issued."
    assert not Decision.objects.exists() and not Authorization.objects.exists()
    (entry,) = AuditEntry.objects.order_by("id")[entries:]
    assert (entry.verb, entry.actor, entry.role) == ("gate.previewed", "platform", "operator")
    assert entry.subject == world.mara.number
    assert entry.detail == {"gate": "authorize", "on": "2025-05-01", "outcome": "authorized"}


def test_a_no_says_why_first_and_what_to_do_next(world: World, capsys: Capture) -> None:
    options = ("--patient", "Mara", "--facility", "Hillview", *ON)
    assert ask("authorize", *options) == Exit.NOT_AUTHORIZED
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "NOT AUTHORIZED"
    why, then = lines.index("Why"), lines.index("What to do next")
    assert lines[why + 1].startswith("  NOT MET     The facility is certified.")
    assert lines[then + 1] == "  1. Renew the certification. (facility representative)"


def test_the_answer_in_json_is_the_answer_of_every_door(world: World, capsys: Capture) -> None:
    assert ask("authorize", "--patient", "mara", "--facility", "Riverside", *ON, "--json") == 0
    said = json.loads(capsys.readouterr().out)
    assert said["preview"] is True
    assert (said["number"], said["outcome"], said["planned_on"]) == ("", "authorized", "2025-05-01")
    assert {each["outcome"] for each in said["findings"]} == {"met"}


def test_no_colors_go_into_a_file_and_colors_go_to_a_terminal(
    world: World, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    options = ("authorize", "--patient", "Mara", "--facility", "Riverside", *ON)
    ask(*options)
    assert "\x1b" not in capsys.readouterr().out
    monkeypatch.setattr("sys.stdout.isatty", lambda: True, raising=False)
    ask(*options)
    assert "\x1b[1;32mAUTHORIZED\x1b[0m" in capsys.readouterr().out
    monkeypatch.setenv("NO_COLOR", "1")
    ask(*options)
    assert "\x1b" not in capsys.readouterr().out


def test_where_nothing_can_be_decided_the_exit_says_so(world: World, capsys: Capture) -> None:
    Patient.objects.update(enrolled_on=None)
    type(world.riverside).objects.filter(pk=world.riverside.pk).update(suspended_until="2025-01-01")
    options = ("--patient", "Mara", "--facility", "Riverside", *ON)
    assert ask("authorize", *options) == Exit.CANNOT_DECIDE
    assert capsys.readouterr().out.startswith("CANNOT DECIDE")


@pytest.mark.parametrize(
    ("arguments", "option"),
    [
        (("authorize", "--patient", "7QK2M-X0B4T-0"), "--patient: 7QK2M-X0B4T-0 is not a number"),
        (("authorize", "--patient", "Nobody"), "--patient: no patients of the program are called"),
        (("authorize", "--patient", "Mara", "--facility", "Nowhere"), "--facility: no facilities"),
        (("authorize", "--patient", "Mara", "--pharmacy", "Riverside"), "--pharmacy: no pharm"),
        (("authorize", "--patient", " "), "--patient: a patient's number or name is needed"),
        (("no-such", "--patient", "Mara"), "GATE: teaching has no gate no-such. Its gates: auth"),
        (("authorize", "--patient", "Mara", "--on", "1999-01-01"), "--on: teaching has no version"),
        (("authorize", "--patient", "Mara", "--issue"), "--issue and --as go together"),
        (("authorize", "--patient", "Mara", "--as", "a@example.org"), "--issue and --as go"),
    ],
)
def test_what_cannot_be_used_is_named_by_its_option(
    world: World, capsys: Capture, arguments: tuple[str, ...], option: str
) -> None:
    assert ask(*arguments) == Exit.USAGE
    assert option in capsys.readouterr().err


@pytest.mark.parametrize(
    "arguments",
    [
        ("authorize",),
        ("authorize", "--patient", "Mara", "--on", "tomorrow"),
        ("authorize", "--patient", "Mara", "--course", "0"),
        ("authorize", "--patient", "Mara", "--days-supply", "many"),
    ],
)
def test_wrong_usage_ends_with_two(world: World, arguments: tuple[str, ...]) -> None:
    assert ask(*arguments) == Exit.USAGE


def test_an_unknown_program_is_answered_with_those_there_are(capsys: Capture) -> None:
    assert cli.run(["gate", "no-such", "authorize", "--patient", "Mara"]) == Exit.USAGE
    assert "Programs here:" in capsys.readouterr().err


def test_a_name_two_patients_share_is_not_guessed_at(world: World, capsys: Capture) -> None:
    Patient.objects.create(
        program="teaching", full_name="Mara Second", registered_at=AT, registered_by="a"
    )
    assert ask("authorize", "--patient", "Mara", *ON) == Exit.USAGE
    assert "2 patients of the program are called Mara" in capsys.readouterr().err


def test_a_number_well_formed_that_nobody_has_is_told_from_a_slip(
    world: World, capsys: Capture
) -> None:
    number = world.mara.number
    Patient.objects.update(number=world.amara.number)
    assert ask("authorize", "--patient", number, *ON) == Exit.USAGE
    assert (
        f"--patient: no patient of the program has the number {number}" in capsys.readouterr().err
    )


class TestIssuing:
    """With --issue the gate is really asked."""

    @pytest.fixture(autouse=True)
    def on_the_day(self, monkeypatch: pytest.MonkeyPatch) -> datetime:
        """The command is run on May 1, 2025."""
        # By its full name: the package holds the command itself under `gate`.
        monkeypatch.setattr(sys.modules["etasu.site.cli.gate"], "now_utc", lambda: AT)
        return AT

    def test_the_answer_is_recorded_in_the_users_name_and_who_asked_is_noted(
        self, world: World, capsys: Capture
    ) -> None:
        options = ("--patient", "Mara", "--facility", "Riverside", "--issue")
        assert ask("authorize", *options, "--as", "Amara-key@example.org") == Exit.DONE
        decision = Decision.objects.get()
        assert capsys.readouterr().out.splitlines()[-1] == f"Recorded as {decision.number}."
        assert (decision.asked_role, decision.asked_for) == ("prescriber", world.amara)
        assert Authorization.objects.get().state == "live"
        note = AuditEntry.objects.get(verb="gate.asked_for_user")
        assert (note.actor, note.role) == ("platform", "operator")
        assert note.detail["decision"] == decision.number

    @pytest.mark.parametrize("email", ["riverside-key@example.org", "nobody@example.org"])
    def test_who_may_not_ask_is_refused(self, world: World, capsys: Capture, email: str) -> None:
        options = ("--patient", "Mara", "--facility", "Riverside", "--issue", "--as", email)
        assert ask("authorize", *options) == Exit.USAGE
        assert f"--as: {email} has no role" in capsys.readouterr().err
        assert not Decision.objects.exists()

    def test_a_past_day_is_previewed_but_never_issued(self, world: World, capsys: Capture) -> None:
        options = ("--patient", "Mara", "--facility", "Riverside", "--on", "2025-04-30")
        assert ask("authorize", *options) == Exit.DONE
        issue = ("--issue", "--as", "amara-key@example.org")
        assert ask("authorize", *options, *issue) == Exit.USAGE
        assert "--on: This day is past." in capsys.readouterr().err
        assert not Decision.objects.exists()

    def test_the_preview_and_the_answer_agree(self, world: World, capsys: Capture) -> None:
        options = ("--patient", "Mara", "--facility", "Riverside", "--json")
        ask("authorize", *options)
        preview = json.loads(capsys.readouterr().out)
        ask("authorize", *options, "--issue", "--as", "amara-key@example.org")
        given = json.loads(capsys.readouterr().out)
        given["number"], given["preview"] = "", True
        assert preview == given
