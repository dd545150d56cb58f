"""What an operator says about text messages: taken, or refused in words."""

from __future__ import annotations

import json
import socket
from pathlib import Path

import pytest

from etasu.clock.texting import NotTaken, TextMessage
from etasu.site.sms import FolderProvider, SmsMisconfigured, providers_of, sms_settings

SITE = ("Harbor REMS", "https://rems.example.org")
RIGHT = {
    "ETASU_SMS_1_URL": "https://sms.example.org/messages",
    "ETASU_SMS_1_KEY": "key",
    "ETASU_SMS_FROM": "+15005550100",
    "ETASU_SMS_SECRET": "secret",
}


@pytest.fixture(autouse=True)
def said(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in RIGHT.items():
        monkeypatch.setenv(name, value)


def test_two_providers_in_order_with_keys_from_files(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "key").write_text("from a file\n")
    monkeypatch.setenv("ETASU_SMS_2_URL", "https://text.example.org")
    monkeypatch.setenv("ETASU_SMS_2_KIND", "form")
    monkeypatch.setenv("ETASU_SMS_2_USER", "us")
    monkeypatch.setenv("ETASU_SMS_2_KEY_FILE", str(tmp_path / "key"))
    found = sms_settings(*SITE)
    assert [(each.name, each.kind, each.key) for each in found.providers] == [
        ("first", "json", "key"),
        ("second", "form", "from a file"),
    ]
    assert [each.name for each in providers_of(found)] == ["first", "second"]
    assert found.receipt_secret == "secret"


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("ETASU_SMS_FROM", "", "ETASU_SMS_FROM is the number"),
        ("ETASU_SMS_SECRET", "", "ETASU_SMS_SECRET_FILE is the file"),
        ("ETASU_SMS_1_KEY", "", "ETASU_SMS_1_KEY_FILE is the file"),
        ("ETASU_SMS_1_KEY_FILE", "/nowhere", "cannot be read"),
        ("ETASU_SMS_1_KIND", "fax", "one of json, form, not fax"),
        ("ETASU_SMS_1_URL", "http://sms.example.org", "begins with https://"),
    ],
)
def test_a_slip_is_refused_in_words(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str, words: str
) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(SmsMisconfigured, match=words):
        sms_settings(*SITE)


def test_a_name_or_address_that_makes_messages_too_long_is_refused() -> None:
    with pytest.raises(SmsMisconfigured, match="ETASU_SITE_NAME has at most 20"):
        sms_settings("The REMS of the Harbor", SITE[1])
    with pytest.raises(SmsMisconfigured, match="at most 40"):
        sms_settings(SITE[0], "https://rems.of.the.harbor.and.river.example.org")


def test_where_nobody_listens_nobody_has_it(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.socket() as taken:
        # Bound and not listening: whoever comes is turned away at once.
        taken.bind(("127.0.0.1", 0))
        monkeypatch.setenv("ETASU_SMS_1_URL", f"http://127.0.0.1:{taken.getsockname()[1]}/")
        (provider,) = providers_of(sms_settings(*SITE))
        with pytest.raises(NotTaken) as refused:
            provider.hand_over(TextMessage("A-1", "+12125550100", "words"))
    assert not refused.value.unsure and not refused.value.final


def test_without_a_provider_each_message_is_a_file(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.delenv("ETASU_SMS_1_URL")
    (provider,) = providers_of(sms_settings("A name longer than messages can bear", SITE[1]))
    assert isinstance(provider, FolderProvider)
    provider.folder = tmp_path / "sms"
    for _ in range(2):
        assert provider.hand_over(TextMessage("A-1", "+12125550100", "¿Sí?")) == "A-1"
    (file,) = provider.folder.iterdir()
    assert json.loads(file.read_text()) == {
        "to": "+12125550100",
        "text": "¿Sí?",
        "reference": "A-1",
    }
