"""What every answer carries, whatever the page: policy, number, log line, idle limit."""

import logging
from datetime import UTC, datetime, timedelta
from typing import Any
from unittest.mock import patch

import pytest
from django.contrib.auth import get_user_model
from django.test import Client, RequestFactory

from etasu.registry.audit.heartbeats import beat
from etasu.site import middleware
from etasu.site.examination import State, examine

POLICY = {
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self'",
    "font-src 'self'",
    "connect-src 'self'",
    "form-action 'self'",
    "base-uri 'none'",
    "frame-ancestors 'none'",
}
NOON = datetime(2025, 5, 6, 12, 0, tzinfo=UTC)


def test_a_living_process_says_so_without_a_database(client: Client) -> None:
    answer = client.get("/livez")
    assert (answer.status_code, answer.json()) == (200, {"status": "alive"})


@pytest.mark.django_db
def test_a_process_whose_parts_are_well_is_ready(client: Client) -> None:
    answer = client.get("/readyz")
    assert answer.status_code == 200
    checks = answer.json()["checks"]
    assert (checks["database"], checks["migrations"]) == ("answers", "applied")


@pytest.mark.django_db
def test_a_site_without_its_worker_answers_and_says_so(client: Client) -> None:
    assert client.get("/readyz").json()["status"] == "degraded"
    now = datetime.now(UTC)  # noqa: TID251 - a sign of life is compared with the request's moment
    for job in ("sealer", "nightly"):
        beat(job, by="test", at=now, within=timedelta(minutes=2))
    assert client.get("/readyz").json()["status"] == "ready"
    beat("sealer", by="test", at=now - timedelta(minutes=3), within=timedelta(minutes=2))
    found = client.get("/readyz")
    assert (found.status_code, found.json()["checks"]["worker"]) == (200, "late: sealer")


@pytest.mark.django_db
def test_text_messages_that_no_provider_takes_are_said_to_machines_and_operators(
    client: Client,
) -> None:
    now = datetime.now(UTC)  # noqa: TID251 - a sign of life is compared with the request's moment
    waiting, within = {"waiting_for_provider": 26}, timedelta(minutes=10)
    beat("reminders", by="test", at=now, within=within, said=waiting)
    found = client.get("/readyz").json()
    said = "26 wait for a provider"
    assert (found["status"], found["checks"]["text messages"]) == ("degraded", said)
    (line,) = [each for each in examine() if each.part == "text messages"]
    assert (line.state, line.said) == (State.WARN, said)
    beat("reminders", by="test", at=now, within=within, said={})
    assert client.get("/readyz").json()["status"] == "ready"


@pytest.mark.django_db
def test_a_process_behind_in_migrations_is_not_ready(client: Client) -> None:
    with patch("etasu.site.readiness.migrations_missing", return_value=["audit.0001_initial"]):
        answer = client.get("/readyz")
    assert answer.status_code == 503
    assert answer.json()["checks"]["migrations"] == "1 not applied"


def test_the_version_page_names_the_software(client: Client) -> None:
    assert set(client.get("/version").json()) == {"etasu", "django", "python"}


def test_a_browser_may_do_only_what_the_policy_lists(client: Client) -> None:
    answer = client.get("/livez")
    assert set(answer["Content-Security-Policy"].split("; ")) == POLICY
    assert answer["X-Frame-Options"] == "DENY"
    assert answer["Referrer-Policy"] == "same-origin"
    assert answer["X-Content-Type-Options"] == "nosniff"


def test_a_request_keeps_a_well_formed_number_and_gets_one_otherwise(client: Client) -> None:
    kept = client.get("/livez", headers={"X-Request-ID": "abc-12345678"})
    made = client.get("/livez", headers={"X-Request-ID": "a b\t<script>"})
    assert kept["X-Request-ID"] == "abc-12345678"
    assert len(made["X-Request-ID"]) == 32


def test_a_request_has_one_moment() -> None:
    request = RequestFactory().get("/")
    middleware.RequestTime(lambda r: _answer(r))(request)
    assert request.at.tzinfo is UTC  # type: ignore[attr-defined]


def _answer(request: Any) -> dict[str, str]:
    return {}


def test_the_log_line_tells_what_happened_and_nothing_about_whom(
    client: Client, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.INFO, logger="etasu.request"):
        client.get("/nowhere/Mara/1980-02-29/?name=Mara", headers={"User-Agent": "Mara"})
    (line,) = [record for record in caplog.records if record.name == "etasu.request"]
    assert isinstance(line.msg, dict)
    assert {"method", "route", "status", "ms", "request_id"} <= set(line.msg)
    assert (line.msg["route"], line.msg["status"]) == ("none", 404)
    assert "Mara" not in str(line.msg)


def test_a_failure_tells_where_it_happened_but_not_its_words(
    caplog: pytest.LogCaptureFixture,
) -> None:
    client = Client(raise_request_exception=False)
    with (
        caplog.at_level(logging.ERROR, logger="etasu.request"),
        patch("etasu.site.health.installed_version", side_effect=ValueError("Mara, born 1980")),
    ):
        assert client.get("/version").status_code == 500
    (line,) = [record for record in caplog.records if record.name == "etasu.request"]
    assert isinstance(line.msg, dict)
    assert line.msg["kind"] == "ValueError"
    assert any(step.startswith("health.py:") for step in line.msg["way"])
    assert "Mara" not in caplog.text


@pytest.fixture
def signed_in(client: Client) -> Client:
    user = get_user_model().objects.create_user(
        "amara@example.org", "a long pass phrase", full_name="A"
    )
    client.force_login(user)
    return client


def _get_at(client: Client, moment: datetime) -> bool:
    """Whether the person is still signed in after a page at that moment."""
    with patch.object(middleware, "datetime") as clock:
        clock.now.return_value = moment
        client.get("/livez")
    return "_auth_user_id" in client.session


@pytest.mark.django_db
def test_half_an_hour_without_a_page_signs_a_person_out(signed_in: Client) -> None:
    assert _get_at(signed_in, NOON)
    assert _get_at(signed_in, NOON + timedelta(minutes=30))
    assert not _get_at(signed_in, NOON + timedelta(minutes=60, seconds=1))


@pytest.mark.django_db
def test_twelve_hours_sign_a_person_out_however_busy(signed_in: Client) -> None:
    moments = [NOON + timedelta(minutes=20 * n) for n in range(37)]
    assert all(_get_at(signed_in, moment) for moment in moments)
    assert not _get_at(signed_in, NOON + timedelta(hours=12, seconds=1))
