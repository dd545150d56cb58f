"""What a provider's message means, in either of the two ways in which they write it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any, NamedTuple
from urllib.parse import parse_qs

MOST_AT_ONCE = 1000
_CODE = re.compile(r"[A-Za-z0-9-]{0,30}")
_NUMBER = re.compile(r"\+[1-9][0-9]{6,14}")
_ARRIVED = frozenset({"delivered"})
_LOST = frozenset({"failed", "undelivered", "rejected", "expired"})


class Unreadable(Exception):
    """What came is no message of that kind; the text says what was expected."""


class Receipt(NamedTuple):
    """What became of a text message, by the provider's own number of it. No code: it arrived."""

    number: str
    is_delivered: bool
    code: str = ""


class Reply(NamedTuple):
    """What somebody wrote back, and from which telephone number."""

    sender: str
    text: str


def heard(kind: str, body: bytes) -> list[Receipt | Reply]:
    """Everything a provider of the kind says at once; what is on the way yet is left out."""
    said = list(_in_json(body) if kind == "json" else _in_form(body))
    if len(said) > MOST_AT_ONCE:
        raise Unreadable(f"at most {MOST_AT_ONCE} receipts at once")
    return said


def _in_json(body: bytes) -> Iterator[Receipt | Reply]:
    try:
        said = json.loads(body)
    except ValueError:
        raise Unreadable("a JSON object") from None
    if not isinstance(said, dict):
        raise Unreadable("a JSON object")
    for each in _list(said, "events"):
        yield from _receipt(each.get("id"), each.get("status"), each.get("code", ""))
    for each in _list(said, "replies"):
        yield _reply(each.get("from"), each.get("text"))


def _in_form(body: bytes) -> Iterator[Receipt | Reply]:
    try:
        said = {name: values[0] for name, values in parse_qs(body.decode()).items()}
    except ValueError:
        raise Unreadable("a form in UTF-8") from None
    if "MessageStatus" in said:
        code = said.get("ErrorCode", "")
        yield from _receipt(said.get("MessageSid"), said["MessageStatus"], code)
    elif "From" in said:
        yield _reply(said["From"], said.get("Body", ""))
    else:
        raise Unreadable("MessageStatus or From")


def _list(said: dict[str, Any], name: str) -> list[dict[str, Any]]:
    found = said.get(name, [])
    if not isinstance(found, list) or not all(isinstance(each, dict) for each in found):
        raise Unreadable(f"`{name}` as a list of objects")
    return found


def _receipt(number: Any, status: Any, code: Any) -> Iterator[Receipt]:
    if not isinstance(number, str) or not number or not isinstance(status, str):
        raise Unreadable("each event with an id and a status")
    if status in _ARRIVED | _LOST:
        known = str(code) if _CODE.fullmatch(str(code)) else ""
        yield Receipt(number, status in _ARRIVED, known)


def _reply(sender: Any, text: Any) -> Reply:
    if not isinstance(sender, str) or not _NUMBER.fullmatch(sender) or not isinstance(text, str):
        raise Unreadable("each answer with a telephone number such as +12125550100, and a text")
    return Reply(sender, text)
