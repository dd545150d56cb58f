"""An export holds everything, comes back as it was, and is refused when it was touched."""

from __future__ import annotations

import csv
import filecmp
import json
import os
import shutil
import stat
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from django.core.management import call_command
from django.db import connection
from pytest_django import DjangoDbBlocker

from etasu.interfaces.carry_over import restore
from etasu.interfaces.carry_over.describe import OWN_COLUMNS
from etasu.interfaces.carry_over.export import CannotExport, export_records
from etasu.interfaces.carry_over.manifest import NAME, Manifest
from etasu.interfaces.carry_over.restore import CannotRestore, is_export, restore_records
from etasu.interfaces.carry_over.tables import SECRET_TABLES, kept_models, kept_tables
from etasu.programs import library
from etasu.registry.accounts.models import ApiKey, User
from etasu.registry.audit import sealing
from etasu.registry.audit.actors import Actor
from etasu.registry.audit.facts import verify
from etasu.registry.audit.models import AuditEntry
from etasu.registry.authorizations.models import Decision
from etasu.registry.participants.actions import register_participant
from etasu.registry.patients.models import Patient
from etasu.site.seed import load, sign_ins
from tests.factories.cast import AT
from tests.factories.every_table import fill_empty_tables

BY = Actor("platform", "operator")
NASTY = ("", '"', "a,b", "a\nb", "a\r\nb", "\\.", "\\N", "NULL", "\t", "ñ李\U0001f600", "=1+1", " ")


def quietly(what: str, done: int, total: int) -> None:
    """No progress."""


@pytest.fixture(scope="session")
def programs() -> library.ProgramLibrary:
    return library.load_library()


@pytest.fixture(autouse=True)
def every_program(teaching_program: None, programs: library.ProgramLibrary) -> None:
    library.use(programs)


def export_to(folder: Path, with_secrets: bool = False) -> Manifest:
    return export_records(folder, with_secrets=with_secrets, by=BY, at=AT, progress=quietly)


def emptied() -> None:
    """A database as `etasu migrate` leaves it."""
    call_command("flush", interactive=False, verbosity=0)


def same_bytes(one: Path, other: Path) -> bool:
    names = sorted(path.name for path in one.iterdir())
    assert names == sorted(path.name for path in other.iterdir())
    _, different, odd = filecmp.cmpfiles(one, other, names, shallow=False)
    return not different and not odd


def rows_of(folder: Path, table: str) -> list[dict[str, str]]:
    # A seal's leaves are longer than Python's reader expects.
    before = csv.field_size_limit(10_000_000)
    try:
        return _rows_of(folder, table)
    finally:
        csv.field_size_limit(before)


def _rows_of(folder: Path, table: str) -> list[dict[str, str]]:
    with (folder / f"{table}.csv").open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


class Site(NamedTuple):
    """A seeded site as it was, sealed but for the last entries, and its two exports."""

    password: str
    rows: dict[str, int]
    user: User
    key: ApiKey
    newest_patient: int
    decisions: list[tuple[Any, ...]]
    with_secrets: Manifest
    without: Manifest
    folders: dict[bool, Path]


@pytest.fixture(scope="session")
def site(
    django_db_setup: None,
    django_db_blocker: DjangoDbBlocker,
    tmp_path_factory: pytest.TempPathFactory,
    programs: library.ProgramLibrary,
) -> Site:
    """Made once and written to files; the database is empty again afterwards."""
    folder = tmp_path_factory.mktemp("exports")
    folders = {True: folder / "with", False: folder / "without"}
    with django_db_blocker.unblock(), pytest.MonkeyPatch.context() as patched:
        patched.setattr(sealing, "SETTLED", "")
        library.use(programs)
        try:
            return seeded(folders)
        finally:
            emptied()


def seeded(folders: dict[bool, Path]) -> Site:
    """What is told of a site with something in every table, exported with secrets and without."""
    load("s", 1, AT, quietly)
    add_odd_texts()
    fill_empty_tables(kept_models())
    told = {
        "password": sign_ins()[0].password,
        "rows": {m._meta.db_table: m._default_manager.count() for m in kept_models()},
        "user": User.objects.exclude(password="").filter(is_system=False).order_by("pk")[0],
        "key": ApiKey.objects.order_by("pk")[0],
        "newest_patient": Patient.objects.order_by("-pk")[0].pk,
        "decisions": decisions(),
    }
    manifests = [export_to(place, with_them) for with_them, place in folders.items()]
    return Site(*told.values(), *manifests, folders)


def add_odd_texts() -> None:
    """Texts that a file of values can get wrong, some of them in sealed entries' neighbors."""
    for number, text in enumerate(NASTY):
        register_participant("teaching", "facility", text, city=text, by=BY, at=AT)
        first = Patient.objects.order_by("pk")[number]
        Patient.objects.filter(pk=first.pk).update(attributes={"odd": text}, full_name=text)
        if number == 5:
            sealing.seal_waiting(at=AT)


def decisions() -> list[tuple[Any, ...]]:
    return list(Decision.objects.order_by("pk").values_list("pk", "facts", "answer"))


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("with_secrets", [True, False], ids=["with-secrets", "without"])
def test_out_and_in_and_out_again_gives_the_same_bytes(
    with_secrets: bool, site: Site, tmp_path: Path
) -> None:
    manifest = site.with_secrets if with_secrets else site.without
    assert restore_records(site.folders[with_secrets], progress=quietly) == manifest
    assert manifest.rows > 5000 and verify().is_clean and verify().entries > 2000
    assert decisions() == site.decisions
    export_to(tmp_path / "again", with_secrets)
    assert same_bytes(site.folders[with_secrets], tmp_path / "again")
    assert User.objects.get(pk=site.user.pk).check_password(site.password) is with_secrets
    key_hash = bytes(ApiKey.objects.get(pk=site.key.pk).key_hash)
    assert (key_hash == bytes(site.key.key_hash)) is with_secrets
    made = Patient.objects.create(program="x", full_name="x", registered_at=AT)
    assert made.pk > site.newest_patient


def test_no_table_was_taken_out_and_in_empty(site: Site) -> None:
    assert [kept.table for kept in site.with_secrets.tables if not kept.rows] == []
    assert len(site.with_secrets.tables) > 45


@pytest.mark.django_db
def test_an_export_says_all_it_holds(site: Site) -> None:
    manifest, folder = site.without, site.folders[False]
    for kept in manifest.tables:
        text = (folder / kept.file).read_bytes()
        assert sha256(text).hexdigest() == kept.sha256
        assert text.split(b"\n", 1)[0].decode().split(",") == list(kept.columns)
        extra = kept.table == "audit_entry" and site.rows[kept.table] + 1
        assert len(rows_of(folder, kept.table)) == kept.rows == (extra or site.rows[kept.table])
    documented = {
        model._meta.db_table: {field.column for field in model._meta.concrete_fields}
        | OWN_COLUMNS.get(model._meta.db_table, {}).keys()
        for model in kept_models(with_secrets=False)
    }
    assert {kept.table: set(kept.columns) for kept in manifest.tables} == documented
    guide = (folder / "README.md").read_text()
    assert all(f"### {kept.file}" in guide for kept in manifest.tables)
    assert manifest.audit.sequence > 0 and manifest.audit.unsealed == 7
    assert len(bytes.fromhex(manifest.audit.head)) == 32
    assert {stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()} == {0o600}


def test_secrets_stay_unless_asked_for(site: Site) -> None:
    files = {
        with_them: b"".join(path.read_bytes() for path in folder.iterdir())
        for with_them, folder in site.folders.items()
    }
    for secret in (site.user.password, bytes(site.key.key_hash).hex()):
        assert secret.encode() in files[True]
        assert secret.encode() not in files[False]
    hidden = {m._meta.db_table for m in kept_models() if m._meta.label in SECRET_TABLES}
    assert hidden <= {kept.table for kept in site.with_secrets.tables}
    assert hidden and not hidden & {kept.table for kept in site.without.tables}


@pytest.mark.django_db(transaction=True)
def test_the_trail_knows_of_the_export_and_the_export_not_of_itself(tmp_path: Path) -> None:
    a_few_rows()
    before = AuditEntry.objects.count()
    manifest = export_to(tmp_path / "out")
    assert AuditEntry.objects.count() == before + 1
    entry = AuditEntry.objects.latest("id")
    assert (entry.verb, entry.actor, entry.at) == ("records.exported", "platform", AT)
    assert {kept.table: kept.rows for kept in manifest.tables}["audit_entry"] == before


@pytest.mark.django_db(transaction=True)
def test_what_is_written_meanwhile_is_in_no_file(tmp_path: Path) -> None:
    def meddle(what: str, done: int, total: int) -> None:
        if done in (0, total - 1):
            register_participant("teaching", "facility", "Too late", by=BY, at=AT)

    a_few_rows()
    out = tmp_path / "out"
    export_records(out, with_secrets=False, by=BY, at=AT, progress=meddle)
    (site,) = rows_of(out, "participants_participant")
    assert site["name"] == "Riverside"
    assert {row["subject"] for row in rows_of(out, "audit_entry")} == {site["number"]}


@pytest.mark.django_db
@pytest.mark.parametrize("what", ["a file in it", "a file", "not ours to write"])
def test_nothing_is_written_over(what: str, tmp_path: Path) -> None:
    folder = tmp_path / "out"
    if what == "a file in it":
        folder.mkdir()
        (folder / "notes.txt").write_text("mine")
    elif what == "a file":
        folder.write_text("mine")
    else:
        folder = Path("/proc/out")
    entries = AuditEntry.objects.count()
    with pytest.raises(CannotExport) as refused:
        export_to(folder)
    assert refused.value.remedy
    assert AuditEntry.objects.count() == entries


@pytest.mark.django_db(transaction=True)
def test_an_export_that_was_cut_off_is_none(tmp_path: Path) -> None:
    def stop(what: str, done: int, total: int) -> None:
        if done == 3:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        export_records(tmp_path / "out", with_secrets=False, by=BY, at=AT, progress=stop)
    assert len(list((tmp_path / "out").iterdir())) == 3
    assert not is_export(tmp_path / "out")


def a_few_rows() -> None:
    """A participant and somebody who acts for it."""
    site = register_participant("teaching", "facility", "Riverside", by=BY, at=AT)
    user = User.objects.create_user("ben@example.org", full_name="Ben")
    site.memberships.create(
        user=user, program="teaching", role="facility_representative", began_at=AT, began_by="x"
    )


@pytest.fixture(scope="session")
def small(
    django_db_setup: None,
    django_db_blocker: DjangoDbBlocker,
    tmp_path_factory: pytest.TempPathFactory,
) -> Path:
    """An export of a few rows."""
    folder = tmp_path_factory.mktemp("small") / "out"
    with django_db_blocker.unblock():
        try:
            a_few_rows()
            export_to(folder)
        finally:
            emptied()
    return folder


@pytest.fixture
def folder(small: Path, tmp_path: Path) -> Path:
    """A copy of it, to be spoiled."""
    shutil.copytree(small, tmp_path / "out")
    return tmp_path / "out"


@pytest.mark.django_db
def test_nothing_is_restored_over_a_record(folder: Path) -> None:
    register_participant("teaching", "facility", "Riverside", by=BY, at=AT)
    with pytest.raises(CannotRestore, match="not empty"):
        restore_records(folder, progress=quietly)


def edit(folder: Path, change: Callable[[dict[str, Any]], object]) -> None:
    said = json.loads((folder / NAME).read_text())
    change(said)
    (folder / NAME).write_text(json.dumps(said))


def replace_in(name: str, old: str, new: str) -> Callable[[Path], None]:
    def change(folder: Path) -> None:
        text = (folder / name).read_text()
        assert old in text
        (folder / name).write_text(text.replace(old, new))

    return change


def drop_table(folder: Path) -> None:
    edit(folder, lambda said: said["tables"].pop())


def name_it_twice(folder: Path) -> None:
    edit(folder, lambda said: said["tables"].append(said["tables"][0]))


def point_elsewhere(folder: Path) -> None:
    edit(folder, lambda said: said["tables"][0].update(file="../../etc/passwd"))


def pipe(folder: Path) -> None:
    (folder / "patients_patient.csv").unlink()
    os.mkfifo(folder / "patients_patient.csv")


def huge(folder: Path) -> None:
    (folder / NAME).write_text(" " * 11_000_000)


def break_a_key(folder: Path) -> None:
    """A row gone and the list mended, so that only the keys between tables tell."""
    path = folder / "participants_participant.csv"
    path.write_bytes(path.read_bytes().split(b"\n", 1)[0] + b"\n")
    digest = sha256(path.read_bytes()).hexdigest()

    def mend(said: dict[str, Any]) -> None:
        (kept,) = [each for each in said["tables"] if each["file"] == path.name]
        kept.update(rows=0, sha256=digest)

    edit(folder, mend)


def count_wrong(folder: Path) -> None:
    edit(folder, lambda said: said["tables"][0].update(rows=7))


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (replace_in("participants_participant.csv", "Riverside", "Riverbend"), "was changed"),
        (replace_in("participants_participant.csv", "facility", "fac,lity"), "cannot be used"),
        (replace_in("participants_participant.csv", ",f,", ",maybe,"), "cannot be used"),
        (lambda folder: (folder / "audit_entry.csv").unlink(), "cannot be read"),
        (lambda folder: edit(folder, lambda said: said.update(format="x")), "its format is x"),
        (lambda folder: edit(folder, lambda said: said["migrations"].pop()), "their tables differ"),
        (lambda folder: (folder / NAME).write_text("{"), "cannot be read"),
        (lambda folder: (folder / NAME).write_bytes(b"\xff\x00"), "cannot be read"),
        (lambda folder: edit(folder, lambda said: said.update(more=1)), "cannot be read"),
        (drop_table, "does not fit"),
        (name_it_twice, "does not fit"),
        (point_elsewhere, "does not fit"),
        (pipe, "not a plain file"),
        (huge, "too long"),
        (break_a_key, "do not fit together"),
        (count_wrong, "but the list says 7"),
    ],
    ids=lambda given: getattr(given, "__name__", "").strip("<>") if callable(given) else given,
)
def test_an_export_that_was_touched_is_refused_and_nothing_kept(
    spoil: Callable[[Path], object], said: str, folder: Path
) -> None:
    spoil(folder)
    with pytest.raises(CannotRestore) as refused:
        restore_records(folder, progress=quietly)
    assert said in refused.value.what and refused.value.remedy
    assert "Riverside" not in refused.value.what
    assert not User.objects.exists() and not AuditEntry.objects.exists()


@pytest.mark.django_db
def test_two_restorations_never_run_at_once(folder: Path) -> None:
    other = connection.copy()
    try:
        with other.cursor() as db:
            db.execute("SELECT pg_advisory_lock(%s::bigint)", [restore.RESTORE_LOCK])
        with pytest.raises(CannotRestore, match="Another import"):
            restore_records(folder, progress=quietly)
    finally:
        other.close()


@pytest.mark.django_db
def test_the_order_of_the_tables_follows_their_keys() -> None:
    place = {table.name: number for number, table in enumerate(kept_tables(True))}
    assert place["accounts_user"] < place["participants_membership"]
    assert place["participants_participant"] < place["patients_patient"]
    assert place["patients_patient"] < place["authorizations_decision"]
    assert place["authorizations_decision"] < place["authorizations_authorization"]
