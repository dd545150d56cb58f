"""People in the portals' tests act at a moment the tests choose."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any

import pytest
from django.test import Client, override_settings

from etasu.site.middleware import RequestTime
from etasu.site.sms import ProviderSettings, SmsSettings
from tests.factories.mail_server import MailServer
from tests.factories.sms_provider import Desk, sms_provider
from tests.portals.account_people import Few, build_few
from tests.portals.world import NOW, PASSWORD, Cast, cast_again


class Moment:
    """The moment every request of the test happens at; tests may move it."""

    def __init__(self) -> None:
        self.now = NOW


@pytest.fixture
def moment(monkeypatch: pytest.MonkeyPatch) -> Moment:
    """Requests happen at `moment.now`."""
    found = Moment()

    class Now(datetime):
        @classmethod
        def now(cls, tz: object = None) -> datetime:  # type: ignore[override]
            return found.now

    monkeypatch.setattr("etasu.site.middleware.datetime", Now)
    assert RequestTime is not None
    return found


@pytest.fixture
def cast(db: None, moment: Moment) -> Cast:
    """The people and patients of the portals' tests."""
    return cast_again(moment.now)


@pytest.fixture
def few(db: None, moment: Moment) -> Few:
    """A few people with a role each, for tests about signing in."""
    return build_few(moment.now)


@pytest.fixture
def mail(settings: Any) -> Iterator[MailServer]:
    """A mail server that really takes what the site sends."""
    server = MailServer()
    for name, value in server.settings().items():
        setattr(settings, name, value)
    yield server
    server.shutdown()
    server.server_close()


@pytest.fixture
def signed_in() -> Callable[[str], Client]:
    """A browser in which somebody of the cast has signed in."""

    def sign_in(name: str) -> Client:
        client = Client()
        sent = {"email": f"{name}@example.org", "password": PASSWORD}
        assert client.post("/sign-in/", sent).status_code == 302
        return client

    return sign_in


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """How much was asked for."""
    from tests.portals.test_access import Walk

    if Walk.requests:
        terminalreporter.write_line(f"The walks of all roles made {Walk.requests} requests.")


@pytest.fixture
def desk() -> Iterator[Desk]:
    """A provider of text messages."""
    with sms_provider() as found:
        place = ProviderSettings("first", "json", f"{found.url}/messages", "", "key-1")
        with override_settings(ETASU_SMS=SmsSettings((place,), "+15005550100", "s")):
            yield found
