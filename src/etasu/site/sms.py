"""Text messages: through one provider or two, or into a folder where each message is a file."""

from __future__ import annotations

import base64
import json
import os
import re
from http import HTTPStatus
from http.client import HTTPException, HTTPResponse
from pathlib import Path
from socket import gaierror
from time import monotonic
from typing import Any, NamedTuple
from urllib.error import HTTPError
from urllib.parse import urlencode, urlsplit
from urllib.request import HTTPRedirectHandler, Request, build_opener

import structlog

from etasu.clock.texting import NotTaken, Provider, Texting, TextMessage
from etasu.registry.notices.provider_codes import FOLDER, OPTED_OUT, WRONG_NUMBER
from etasu.safe_use.messages import LONGEST_LINK, LONGEST_SENDER

# Two providers that both say nothing take a third of a minute.
SECONDS_TO_WAIT = 10
LONGEST_ANSWER = 64 * 1024
KINDS = ("json", "form")
NAMES = ("first", "second")
LOCAL = ("localhost", "127.0.0.1", "::1")
_NOBODY_THERE = (ConnectionRefusedError, gaierror)
_log = structlog.get_logger("etasu.sms")
_CODE = re.compile(r"[A-Za-z0-9-]{1,30}")


class SmsMisconfigured(Exception):
    """What the operator said about text messages cannot be used; the message says what and why."""


class _Asked(NamedTuple):
    """Which variables say what of one provider."""

    url: str
    kind: str
    user: str
    key: str
    key_file: str


_ASKED = (
    _Asked(
        "ETASU_SMS_1_URL",
        "ETASU_SMS_1_KIND",
        "ETASU_SMS_1_USER",
        "ETASU_SMS_1_KEY",
        "ETASU_SMS_1_KEY_FILE",
    ),
    _Asked(
        "ETASU_SMS_2_URL",
        "ETASU_SMS_2_KIND",
        "ETASU_SMS_2_USER",
        "ETASU_SMS_2_KEY",
        "ETASU_SMS_2_KEY_FILE",
    ),
)


class ProviderSettings(NamedTuple):
    """One provider: what kind of address it has, and how we sign in there."""

    name: str
    kind: str
    url: str
    user: str
    key: str


class SmsSettings(NamedTuple):
    """The providers in the order they are asked, our number, and what signs their receipts."""

    providers: tuple[ProviderSettings, ...]
    sender: str
    receipt_secret: str


class FolderProvider:
    """Writes each message to a file of its own, for demonstrations and sites without a provider."""

    name = FOLDER

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def hand_over(self, message: TextMessage) -> str:
        """Write it; the same message again writes the same file."""
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        path = self.folder / f"{message.number}.json"
        draft = path.with_suffix(".new")
        said = {"to": message.to, "text": message.words, "reference": message.number}
        draft.write_text(json.dumps(said, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
        draft.rename(path)
        return message.number


class JsonProvider:
    """Posts JSON with a key as bearer token; the answer has an `id`."""

    def __init__(self, place: ProviderSettings, sender: str) -> None:
        self.name, self._place, self._sender = place.name, place, sender

    def hand_over(self, message: TextMessage) -> str:
        """The provider's id of the message."""
        said = {
            "to": message.to,
            "from": self._sender,
            "text": message.words,
            "reference": message.number,
        }
        headers = {
            "Authorization": f"Bearer {self._place.key}",
            "Content-Type": "application/json",
        }
        return _posted(self._place.url, json.dumps(said).encode(), headers, message, "id")


class FormProvider:
    """Posts a form with a name and a key; the answer is JSON and has a `sid`."""

    def __init__(self, place: ProviderSettings, sender: str) -> None:
        self.name, self._place, self._sender = place.name, place, sender

    def hand_over(self, message: TextMessage) -> str:
        """The provider's sid of the message."""
        said = {"To": message.to, "From": self._sender, "Body": message.words}
        both = base64.b64encode(f"{self._place.user}:{self._place.key}".encode()).decode()
        headers = {
            "Authorization": f"Basic {both}",
            "Content-Type": "application/x-www-form-urlencoded",
        }
        return _posted(self._place.url, urlencode(said).encode(), headers, message, "sid")


def texting() -> Texting:
    """The site's providers, ready to be asked."""
    from django.conf import settings

    return Texting(providers_of(settings.ETASU_SMS))


def hand_over_at_once(number: str, to: str, words: str) -> bool:
    """Send a text message while somebody waits for it; whether a provider took it."""
    try:
        texting().hand_over(TextMessage(number, to, words), begin=lambda _provider: True)
    except NotTaken as refused:
        _log.warning("text message not taken", number=number, reason=refused.code)
        return False
    return True


def providers_of(said: SmsSettings) -> list[Provider]:
    """The providers that were named; a folder of files when none was."""
    kinds: dict[str, type[JsonProvider | FormProvider]] = {
        "json": JsonProvider,
        "form": FormProvider,
    }
    found: list[Provider] = [kinds[each.kind](each, said.sender) for each in said.providers]
    return found or [FolderProvider(sms_folder())]


def sms_folder() -> Path:
    """Where text messages are written when no provider is named."""
    from etasu.site.database import home_folder

    return home_folder() / "sms"


def sms_settings(site_name: str, site_address: str) -> SmsSettings:
    """What the environment says about text messages."""
    places = tuple(
        found
        for asked, name in zip(_ASKED, NAMES, strict=True)
        if (found := _place(asked, name)) is not None
    )
    if not places:
        return SmsSettings((), "", "")
    sender = os.environ.get("ETASU_SMS_FROM", "").strip()
    if not sender:
        raise SmsMisconfigured("ETASU_SMS_FROM is the number text messages come from; it is empty.")
    if len(site_name) > LONGEST_SENDER:
        said = f"ETASU_SITE_NAME has at most {LONGEST_SENDER} characters, for it is in each one."
        raise SmsMisconfigured(said)
    if len(f"{site_address}/p/") > LONGEST_LINK:
        said = f"ETASU_SITE_URL with /p/ behind it has at most {LONGEST_LINK} characters."
        raise SmsMisconfigured(said)
    secret = _secret("ETASU_SMS_SECRET", "ETASU_SMS_SECRET_FILE", "the receipts' secret")
    return SmsSettings(places, sender, secret)


def _place(asked: _Asked, name: str) -> ProviderSettings | None:
    url = os.environ.get(asked.url, "").strip()
    if not url:
        return None
    parts = urlsplit(url)
    if parts.scheme != "https" and parts.hostname not in LOCAL:
        raise SmsMisconfigured(f"{asked.url} begins with https://.")
    kind = os.environ.get(asked.kind, "").strip().lower() or "json"
    if kind not in KINDS:
        raise SmsMisconfigured(f"{asked.kind} is one of {', '.join(KINDS)}, not {kind}.")
    user = os.environ.get(asked.user, "").strip()
    return ProviderSettings(name, kind, url, user, _secret(asked.key, asked.key_file, asked.key))


def _secret(name: str, file: str, what: str) -> str:
    path = os.environ.get(file, "").strip()
    if not path:
        found = os.environ.get(name, "").strip()
        if not found:
            raise SmsMisconfigured(f"{file} is the file that holds {what}; it is not set.")
        return found
    try:
        return Path(path).read_text(encoding="utf-8").strip()
    except OSError as trouble:
        raise SmsMisconfigured(f"The file {path} cannot be read: {trouble.strerror}") from None


class _NoRedirects(HTTPRedirectHandler):
    """Nobody is sent on with our key in the headers."""

    def redirect_request(self, *args: Any, **kwargs: Any) -> None:
        return None


def _posted(
    url: str, body: bytes, headers: dict[str, str], message: TextMessage, field: str
) -> str:
    """Post it; what the answer has in the field. The message's number makes it the same one."""
    # The scheme was checked when the settings were read.
    request = Request(url, body, {**headers, "Idempotency-Key": message.number})
    until = monotonic() + SECONDS_TO_WAIT
    try:
        with build_opener(_NoRedirects).open(request, timeout=SECONDS_TO_WAIT) as answer:
            said = _read(answer, until)
    except HTTPError as refused:
        with refused:
            raise _refusal(refused, until) from None
    except (OSError, HTTPException) as trouble:
        # Where nobody listens, nobody has it.
        is_nowhere = isinstance(getattr(trouble, "reason", trouble), _NOBODY_THERE)
        raise NotTaken(type(trouble).__name__, unsure=not is_nowhere) from None
    number = said.get(field)
    if not isinstance(number, str) or not number or len(number) > 100:
        raise NotTaken("answer-without-a-number", unsure=True)
    return number


def _refusal(refused: HTTPError, until: float) -> NotTaken:
    code = ""
    if HTTPStatus.BAD_REQUEST <= refused.code < HTTPStatus.INTERNAL_SERVER_ERROR:
        try:
            code = str(_read(refused, until).get("code", ""))
        except (OSError, HTTPException, NotTaken):
            code = ""
    known = code if _CODE.fullmatch(code) else ""
    said = " ".join(filter(None, ["HTTP", str(refused.code), known]))
    opted_out = code in OPTED_OUT
    return NotTaken(said, final=opted_out or code in WRONG_NUMBER, opted_out=opted_out)


def _read(answer: HTTPResponse | HTTPError, until: float) -> dict[str, Any]:
    """The answer's JSON, if it is all there in time."""
    read = b""
    while part := answer.read1(4096):
        read += part
        if monotonic() > until or len(read) > LONGEST_ANSWER:
            raise NotTaken("answer-too-slow-or-long", unsure=True)
    try:
        said = json.loads(read)
    except ValueError:
        raise NotTaken("answer-not-json", unsure=True) from None
    return said if isinstance(said, dict) else {}
