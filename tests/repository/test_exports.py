"""No table is forgotten by an export, and no secret leaves with one unasked."""

from __future__ import annotations

import re

import pytest
from django.apps import apps
from django.db import connection
from django.db.models import ForeignKey

from etasu.interfaces.carry_over.tables import (
    LEFT_OUT,
    SECRET_TABLES,
    SECRETS,
    kept_models,
    kept_tables,
)

# Columns that sound like secrets and open no door, each with what they are.
NO_SECRETS = {
    "accounts_form_receipt.token": "tells a form sent twice from two forms",
    "audit_origin.fingerprint": "a hash of a row that was delivered",
    "authorizations_idempotency_key.key": "chosen by the client to be sent again",
    "authorizations_idempotency_key.request_hash": "tells whether the question is the same",
    "education_review.content_hash": "what was read",
    "monitoring_message.digest": "tells whether a message came before",
    "monitoring_paper_report.digest": "tells whether a patient sent the file before",
    "monitoring_report.report_key": "tells a laboratory's report again",
    "monitoring_item.key": "tells an item in its report",
    "monitoring_result.item_key": "tells an item in its report",
    "notices_notice.key": "tells a notice told twice from two notices",
    "submissions_incoming_document.digest": "tells whether a document came in before",
    "submissions_signature.answers_hash": "what was signed",
    "submissions_signature.text_hash": "what was signed",
    "submissions_signed_form.content_hash": "what was signed",
    "participants_roster_file.digest": "tells whether a file was sent before",
    "patient_support_draw_site.key": "what a laboratory calls a site",
    "patient_support_draw_site_file.digest": "tells whether a file was sent before",
    "safety_hand_over.digest": "what was handed over",
}
SOUNDS_SECRET = re.compile(r"secret|token|password|hash|digest|fingerprint|(^|_)key($|_)|seed")
# Django's own list of migrations, which the manifest holds.
NO_MODEL = {"django_migrations"}


@pytest.mark.django_db
def test_every_table_is_exported_or_left_out_for_a_reason() -> None:
    named = {model._meta.label: model for model in apps.get_models(include_auto_created=True)}
    exported = {model._meta.db_table for model in kept_models()}
    left_out = {named[label]._meta.db_table for label in LEFT_OUT}
    assert exported & left_out == set()
    with connection.cursor() as db:
        db.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
        there = {name for (name,) in db.fetchall()}
    assert len(exported) > 25
    assert there - NO_MODEL == exported | left_out
    assert all(len(reason) > 20 for reason in (*LEFT_OUT.values(), *SECRET_TABLES.values()))


@pytest.mark.django_db
def test_every_exported_table_has_an_order_and_all_its_columns() -> None:
    for table in kept_tables(True):
        assert table.order, table.name
        with connection.cursor() as db:
            db.execute(f'SELECT * FROM "{table.name}" LIMIT 0')
            assert {column.name for column in db.description} == set(table.columns)


def test_nothing_exported_points_at_something_left_out() -> None:
    kept = {model._meta.label for model in kept_models(with_secrets=False)}
    keys = [
        (model._meta.label, field.related_model._meta.label)
        for model in kept_models(with_secrets=False)
        for field in model._meta.concrete_fields
        if isinstance(field, ForeignKey)
    ]
    assert len(keys) > 20
    assert [pair for pair in keys if pair[1] not in kept] == []


def test_every_column_that_sounds_secret_was_thought_about() -> None:
    unasked = kept_models(with_secrets=False)
    sounding = {
        f"{model._meta.db_table}.{field.column}"
        for model in unasked
        for field in model._meta.concrete_fields
        if SOUNDS_SECRET.search(field.column)
    }
    assert {"accounts_user.password", "accounts_api_key.key_hash"} <= sounding
    assert sorted(sounding - SECRETS.keys() - NO_SECRETS.keys()) == []
    there = {f"{m._meta.db_table}.{f.column}" for m in unasked for f in m._meta.concrete_fields}
    assert sorted({*SECRETS, *NO_SECRETS} - there) == []
