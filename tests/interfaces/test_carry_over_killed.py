"""An import killed in the middle, and begun again, ends as one that was never disturbed."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from django.core.management import call_command
from django.db import connection

from etasu.clock.time import now_utc
from etasu.registry.audit import sealing
from etasu.registry.audit.facts import verify
from etasu.registry.audit.models import AuditEntry, CarryOver, Origin
from etasu.registry.audit.origins import CARRY_OVER_LOCK
from etasu.registry.authorizations.models import Authorization
from etasu.registry.monitoring.models import Result
from etasu.registry.participants.models import Certification, Membership, Participant, StepDone
from etasu.registry.patients.models import Patient
from etasu.registry.submissions.models import SignedForm
from etasu.registry.treatment.models import Course, Infusion
from etasu.site.cli.answers import Exit
from tests.interfaces.legacy import Legacy

FROM = ("--from", "Former Administrator", "--program", "lemtrada")
# What progress says just before it is killed: in the first batch of all, and between two batches.
KILLED_AT = ("participants: 0 of", "patients: 1000 of")
# All that rows say; numbers and moments of ours are new each time.
SAID: Mapping[type[Any], tuple[str, ...]] = {
    Participant: ("kind", "name", "npi", "dea", "certified_from", "certified_until", "zip_code"),
    Certification: ("participant__name", "certified_from", "channel", "carried_over_from"),
    StepDone: ("participant__name", "step", "done_on", "carried_over_from"),
    Membership: ("user__email", "user__full_name", "participant__name", "role"),
    Patient: ("full_name", "birth_date", "attributes", "prescriber__name", "enrolled_on"),
    SignedForm: ("form", "subject_kind", "course", "signed_on", "signer_name", "gate_answers"),
    Course: ("patient__full_name", "course", "began_on"),
    Infusion: ("patient__full_name", "course", "given_on", "facility__name", "detail"),
    Result: ("patient__full_name", "test", "collected_on", "value", "unit"),
    Authorization: ("patient__full_name", "gate", "slot", "state", "valid_from", "valid_until"),
    Origin: ("kind", "legacy_id", "fingerprint"),
}


def started(folder: Path) -> subprocess.Popen[str]:
    """`etasu import` in a process of its own, on this test's database."""
    found = connection.get_connection_params()
    host = quote(found.get("host") or "localhost", safe="")
    settings = {"DATABASE_URL": f"postgresql:///{found['dbname']}?host={host}&user={found['user']}"}
    if found.get("password"):
        settings["PGPASSWORD"] = found["password"]
    return subprocess.Popen(
        [sys.executable, "-m", "etasu.site.cli", "import", str(folder), *FROM],
        env={**os.environ, **settings, "DJANGO_SETTINGS_MODULE": "etasu.site.settings"},
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )


def killed(folder: Path, when: str) -> None:
    """Begin an import, and kill it where its progress says so."""
    process = started(folder)
    assert process.stderr is not None
    seen = [line for line in iter(process.stderr.readline, "") if stop_at(process, line, when)]
    process.communicate()
    assert seen and process.returncode == -signal.SIGKILL
    deadline = time.monotonic() + 30
    while not lock_is_free():
        assert time.monotonic() < deadline, "the killed import still holds its lock"
        time.sleep(0.05)


def stop_at(process: subprocess.Popen[str], line: str, when: str) -> bool:
    """Whether this was the line to kill the process at."""
    if line.startswith(when):
        process.send_signal(signal.SIGKILL)
        return True
    return False


def lock_is_free() -> bool:
    """Whether another import could begin."""
    with connection.cursor() as db:
        db.execute(
            "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND database ="
            " (SELECT oid FROM pg_database WHERE datname = current_database())"
            " AND (classid::bigint << 32) + objid::bigint = %s",
            [CARRY_OVER_LOCK],
        )
        return not db.fetchone()[0]


def finished(folder: Path) -> str:
    """What a whole import prints; its rows were all dealt with."""
    process = started(folder)
    out, error = process.communicate(timeout=300)
    assert process.returncode == Exit.EXPLAINED, error[-2000:]
    return out


def record() -> dict[str, list[Any]]:
    """Everything on record, and how often each thing was done."""
    rows = {
        model.__name__: sorted(map(repr, model.objects.values_list(*columns)))
        for model, columns in SAID.items()
    }
    verbs = AuditEntry.objects.exclude(verb__startswith="carry_over.").values_list("verb")
    return {**rows, "verbs": sorted(Counter(verbs).items())}


@pytest.mark.django_db(transaction=True)
def test_an_import_killed_twice_ends_as_one_that_ran_through(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    legacy = Legacy(1650, today=now_utc().date())
    legacy.plant(20)
    legacy.write(tmp_path)
    for when in KILLED_AT:
        killed(tmp_path, when)
    assert 0 < Patient.objects.count() <= 1000 and CarryOver.objects.get().ended_at is None
    out = finished(tmp_path)
    assert "Resuming an import that was interrupted." in out
    begun = CarryOver.objects.get()
    assert begun.ended_at is not None and begun.counts["patients.csv"]["already_there"] > 900
    after_kills = record()
    monkeypatch.setattr(sealing, "SETTLED", "")
    sealing.seal_waiting(at=now_utc())
    found = verify()
    assert found.is_clean and found.entries > 2500 and not found.unsealed
    call_command("flush", interactive=False, verbosity=0)
    assert "Resuming" not in finished(tmp_path)
    undisturbed = record()
    assert {name: len(rows) for name, rows in undisturbed.items() if not rows} == {}
    assert after_kills == undisturbed
