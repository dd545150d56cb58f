"""The database itself keeps what was recorded, whoever asks it to forget."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from django.apps import apps
from django.db import IntegrityError, connection, transaction

from etasu.registry.accounts.models import User
from etasu.registry.audit import sealing
from etasu.registry.audit.actors import PLATFORM
from etasu.registry.authorizations.actions import answer_request
from etasu.registry.authorizations.models import Decision, IdempotencyKey
from etasu.registry.authorizations.requests import AuthorizationRequest
from etasu.registry.education import progress
from etasu.registry.education.actions import begin_attempt, hand_in, review_module
from etasu.registry.education.facts import asked_in
from etasu.registry.notices.actions import Message, queue
from etasu.registry.participants.facts import Asker
from etasu.registry.reactions import infusion_given, product_dispensed
from etasu.registry.submissions.actions import (
    FormToSign,
    create_signing_link,
    keep_signed_form,
)
from etasu.registry.submissions.models import Consent
from tests.factories.teaching import AT, ON, PROGRAM, World, build_world, version
from tests.registry.drafting import filled, sign_all
from tests.registry.rows import row
from tests.registry.trails import sql
from tests.repository.places import SOURCE

CALL = re.compile(r"CALL (make_append_only|keep_all_but)\('(\w+)'((?:,\s*'\w+')*)\)")
GUARDS = {
    table: tuple(re.findall(r"\w+", columns)) if procedure == "keep_all_but" else None
    for path in sorted(SOURCE.glob("registry/*/migrations/*.py"))
    # What undoes a migration comes below what it does; the first call is the one in force.
    for procedure, table, columns in reversed(CALL.findall(path.read_text()))
}
APPEND_ONLY = [table for table, columns in GUARDS.items() if columns is None]
KEEPING = [table for table, columns in GUARDS.items() if columns is not None]

# A value unlike the one there, by the column's type.
OTHER_VALUE = {
    "text": "coalesce({0}, '') || 'x'",
    "character varying": "coalesce({0}, '') || 'x'",
    "integer": "coalesce({0}, 0) + 1",
    "bigint": "coalesce({0}, 0) + 1",
    "boolean": "NOT coalesce({0}, false)",
    "date": "coalesce({0}, '2025-01-01') + 1",
    "timestamp with time zone": "coalesce({0}, '2025-01-01') + interval '1 second'",
    "jsonb": "coalesce({0}, '{{}}') || '{{\"other\": 1}}'",
    "bytea": "coalesce({0}, '') || '\\x01'",
    "xid8": "({0}::text::bigint + 1)::text::xid8",
}


@pytest.fixture
def world(db: None, monkeypatch: pytest.MonkeyPatch) -> World:
    """At least one row in every guarded table."""
    world = build_world()
    record_everything(world)
    record_training()
    record_signing()
    queue(
        Message(PROGRAM, "2024-01-01", "c", "e", "prescriber", ("participant", "s"), "once"),
        User.objects.get(email="nia@example.org"), by=PLATFORM, at=AT,
    )  # fmt: skip
    monkeypatch.setattr(sealing, "SETTLED", "")
    sealing.seal_batch(at=AT)
    for model in apps.get_models(include_auto_created=True):
        if model._meta.db_table in GUARDS and not model._default_manager.exists():
            row(model)
    empty = [table for table in GUARDS if not sql(f"SELECT 1 FROM {table} LIMIT 1")]
    assert empty == [], f"put a row into {empty} here, so that its guard can be tried"
    return world


def record_everything(world: World) -> None:
    """A course authorized and dispensed, an infusion without leave, a signed form."""
    asker = Asker("operator", "administrator", PROGRAM, None, None, None, "America/New_York")
    request = AuthorizationRequest(
        PROGRAM, "authorize", world.mara.number, ON, facility=world.riverside.number
    )
    number = answer_request(request, by=asker, at=AT).said["number"]
    product_dispensed(
        world.mara, units=1, dispensed_on=ON, pharmacy=None,
        authorization_number=number, by=PLATFORM, at=AT,
    )  # fmt: skip
    infusion_given(world.mara, course=1, given_on=ON, facility=world.riverside, by=PLATFORM, at=AT)
    form = FormToSign(
        PROGRAM, "2024-01-01", "enrollment", "patient", world.mara.pk, world.mara.number,
        {}, {}, "Mara", "I agree", ON,
    )  # fmt: skip
    keep_signed_form(form, by=PLATFORM, at=AT)
    IdempotencyKey.objects.create(
        actor="a", key="k", request_hash=b"", decision=Decision.objects.get(number=number),
        created_at=AT,
    )  # fmt: skip


def record_training() -> None:
    """A module read and an assessment passed."""
    nia = User.objects.create_user("nia@example.org", full_name="Nia")
    taught = version()
    module, assessment = taught.modules["overview"], taught.assessments["assessment"]
    for page in module.pages:
        progress.note_page_read(nia, PROGRAM, module, page.code, by=PLATFORM, at=AT)
    review_module(nia, taught, module, on=ON, by=PLATFORM, at=AT)
    attempt = begin_attempt(nia, taught, assessment, by=PLATFORM, at=AT)
    for each in asked_in(attempt):
        progress.keep_answer(attempt, each.item, each.right)
    hand_in(attempt, 100, on=ON, by=PLATFORM, at=AT)


def record_signing() -> None:
    """A draft about nobody yet that everybody signed, a link to it, and a consent."""
    draft = filled(PROGRAM, "patient-enrollment", subject_id=None)
    create_signing_link(draft, "prescriber", by=PLATFORM, at=AT)
    sign_all(draft)
    Consent.objects.create(
        program=PROGRAM, program_version="2024-01-01", subject_kind="patient", subject_id=1,
        code="c", text="t", text_version="1", method="password", printed_name="Mara",
        given_on=ON, given_at=AT, given_by="mara",
    )  # fmt: skip


@contextmanager
def refused(said: str) -> Iterator[None]:
    """What the block does is refused by a guard that says so."""
    with pytest.raises(IntegrityError, match=said), transaction.atomic():
        yield


def columns_of(table: str) -> dict[str, str]:
    """The columns of a table with their types."""
    return dict(
        sql(
            "SELECT column_name, data_type FROM information_schema.columns"
            " WHERE table_name = %s AND table_schema = current_schema()",
            table,
        )
    )


def change(table: str, column: str, data_type: str) -> str:
    """A statement that changes one column of every row."""
    name = f'"{column}"'
    return f"UPDATE {table} SET {name} = {OTHER_VALUE[data_type].format(name)}"


def test_there_are_guards_to_try() -> None:
    assert {"audit_entry", "audit_seal", "authorizations_decision"} <= set(APPEND_ONLY)
    assert {"authorizations_authorization", "treatment_infusion"} <= set(KEEPING)


@pytest.mark.django_db
def test_the_database_has_every_guard_the_migrations_ask_for_switched_on() -> None:
    found = sql(
        """SELECT c.relname, t.tgname, t.tgenabled::text FROM pg_trigger t
        JOIN pg_class c ON c.oid = t.tgrelid JOIN pg_proc p ON p.oid = t.tgfoid
        WHERE p.proname IN ('refuse_change', 'refuse_other_changes')"""
    )
    assert {state for _, _, state in found} == {"O"}
    names = {"make_append_only": {"append_only", "never_emptied"}}
    names["keep_all_but"] = {"keeps_what_was_recorded", "never_deleted", "never_emptied"}
    wanted = {
        (table, name)
        for table, columns in GUARDS.items()
        for name in names["make_append_only" if columns is None else "keep_all_but"]
    }
    assert {(table, name) for table, name, _ in found} == wanted


@pytest.mark.django_db
def test_every_model_called_append_only_is_guarded() -> None:
    said = {
        model._meta.db_table
        for model in apps.get_models()
        if model.__module__.startswith("etasu.") and "append-only" in (model.__doc__ or "").lower()
    }
    assert said and said <= set(APPEND_ONLY)


def test_no_row_of_an_append_only_table_changes_or_goes(world: World) -> None:
    for table in APPEND_ONLY:
        for column, data_type in columns_of(table).items():
            with refused(f"{table} is append-only: UPDATE refused"):
                sql(change(table, column, data_type))
        with refused(f"{table} is append-only: DELETE refused"):
            sql(f"DELETE FROM {table}")


def test_only_the_named_columns_of_a_kept_table_change(world: World) -> None:
    for table in KEEPING:
        allowed = GUARDS[table] or ()
        columns = columns_of(table)
        assert set(allowed) < set(columns)
        for column, data_type in columns.items():
            if column not in allowed:
                with refused(f"{table} keeps what was recorded"):
                    sql(change(table, column, data_type))
        with refused(f"{table} .*DELETE refused"):
            sql(f"DELETE FROM {table}")


def test_a_change_of_the_named_columns_is_not_refused_by_the_guard(world: World) -> None:
    for table in KEEPING:
        changes = ", ".join(f'"{column}" = "{column}"' for column in GUARDS[table] or ())
        sql(f"UPDATE {table} SET {changes}")


def test_no_guarded_table_is_emptied(world: World) -> None:
    sql("SET CONSTRAINTS ALL IMMEDIATE")
    for table in GUARDS:
        with refused("is append-only: TRUNCATE refused"):
            sql(f"TRUNCATE {table} CASCADE")


def test_the_models_cannot_get_around_the_guards(world: World) -> None:
    decision = Decision.objects.first()
    assert decision is not None
    decision.outcome = "authorized"
    with refused("append-only"):
        decision.save()
    with refused("append-only"):
        Decision.objects.update(outcome="authorized")
    with refused("append-only"):
        IdempotencyKey.objects.all().delete()


def test_without_its_trigger_a_guard_would_be_missed(world: World) -> None:
    sql("ALTER TABLE audit_entry DISABLE TRIGGER append_only")
    with pytest.raises(pytest.fail.Exception), refused("append-only"):
        sql("UPDATE audit_entry SET actor = 'x'")
    assert connection.in_atomic_block
