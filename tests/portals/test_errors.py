"""Pages for when something is wrong: a way on, a number to call, and never a bare status."""

from __future__ import annotations

import pytest
from django.db import OperationalError
from django.http import HttpRequest
from django.test import Client, RequestFactory

from etasu.portals import errors
from etasu.registry.authorizations.actions import Busy
from tests.portals.world import Cast


@pytest.mark.parametrize("status", sorted(errors.PAGES))
def test_every_page_has_a_way_on_and_somebody_to_call(status: int) -> None:
    response = errors.page(HttpRequest(), status)
    text = response.content.decode()
    assert response.status_code == status
    assert 'href="/"' in text and "call 1-" in text and text.count("<h1") == 1


def test_error_pages_need_no_database() -> None:
    # This test has no access to one.
    assert errors.page(RequestFactory().get("/"), 500).status_code == 500


def test_a_database_that_is_away_is_a_matter_of_waiting(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(*args: object, **kwargs: object) -> None:
        raise OperationalError("gone")

    client = Client(raise_request_exception=False)
    monkeypatch.setattr("etasu.portals.sign_in.try_password", away)
    response = client.post("/sign-in/", {"email": "cora@example.org", "password": "x"})
    assert response.status_code == 503
    assert "do not dispense or infuse" in response.content.decode()


def test_what_breaks_says_so_and_opens_nothing(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*args: object, **kwargs: object) -> None:
        raise ValueError

    client = Client(raise_request_exception=False)
    monkeypatch.setattr("etasu.portals.sign_in.try_password", broken)
    response = client.post("/sign-in/", {"email": "cora@example.org", "password": "x"})
    assert response.status_code == 500
    assert response["X-Request-ID"] in response.content.decode()


def test_a_busy_record_asks_to_try_again(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    def busy(*args: object, **kwargs: object) -> None:
        raise Busy

    monkeypatch.setattr("etasu.portals.sign_in.try_password", busy)
    response = Client().post("/sign-in/", {"email": "cora@example.org", "password": "x"})
    assert response.status_code == 503


def test_a_method_nobody_offers_gets_a_page(cast: Cast) -> None:
    response = Client().put("/sign-in/")
    assert response.status_code == 405
    assert "cannot be used that way" in response.content.decode()
    assert response["Allow"] == "GET, HEAD, POST"


def test_a_form_from_elsewhere_is_refused_with_a_page(cast: Cast) -> None:
    client = Client(enforce_csrf_checks=True)
    response = client.post("/sign-in/", {"email": "cora@example.org", "password": "x"})
    assert response.status_code == 403
    assert "Go to the start" in response.content.decode()


def test_pages_of_a_signed_in_person_are_not_kept(cast: Cast) -> None:
    client = Client()
    client.post("/sign-in/", {"email": "cora@example.org", "password": "correct horse battery"})
    assert client.get("/pharmacy/")["Cache-Control"] == "no-store, private"
