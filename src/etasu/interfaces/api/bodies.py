"""A JSON body as a value of a described shape, or what is wrong with each of its fields."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from typing import Any, Generic, TypeVar

import msgspec
from msgspec import UNSET

from etasu.interfaces.api.problems import INVALID, MALFORMED, FieldError, Problem
from etasu.safe_use.identifiers import number_ok

# How JSON writes a NUL, which no database takes: with one backslash, not with two.
_NUL = re.compile(rb"(?<!\\)((?:\\\\)*)\\u0000")
T = TypeVar("T", bound=msgspec.Struct)


class Body(Generic[T]):
    """Reads bodies of one shape. `hints` say of each field what it is, for whoever got it wrong.

    Those among `numbers` have a check character, which tells a typing slip.
    """

    def __init__(self, shape: type[T], hints: Mapping[str, str], numbers: Iterable[str]) -> None:
        self._decoder = msgspec.json.Decoder(shape)
        self._fields = {each.name: each for each in msgspec.structs.fields(shape)}
        self._hints, self._numbers = hints, tuple(numbers)

    def read(self, body: bytes) -> T:
        """The value; raises Problem naming every field that cannot be read. A NUL is a space."""
        body = _NUL.sub(rb"\1 ", body)
        try:
            said = self._decoder.decode(body)
        except msgspec.ValidationError:
            raise self._explained(body) from None
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            raise _not_json() from None
        given = [value for value in msgspec.structs.astuple(said) if value is not UNSET]
        # Every key is followed by a colon, so fewer fields than colons may mean a key came twice.
        if body.count(b":") != len(given) and _repeated(body):
            raise Problem(INVALID, "A field is given twice.", errors=_repeated(body))
        slips = [_slip(name) for name in self._numbers if _has_slip(getattr(said, name))]
        if slips:
            raise Problem(INVALID, "A number holds a typing slip.", errors=slips)
        return said

    def _explained(self, body: bytes) -> Problem:
        """Every field that is wrong; the decoder alone stops at the first."""
        try:
            given = json.loads(body, parse_int=_whole, parse_constant=_refused)
        except (ValueError, RecursionError):
            return _not_json()
        if not isinstance(given, dict):
            said = "The body must be a JSON object."
            return Problem(INVALID, said, errors=[FieldError("", "", said)])
        errors = [
            field_error(name[:64], "There is no such field here.")
            for name in given
            if name not in self._fields
        ]
        for name, field in self._fields.items():
            if name in given:
                errors += self._wrong(name, field.type, given[name])
            elif field.required:
                errors.append(field_error(name, "This field is missing."))
        names = ", ".join(each.field for each in errors)
        return Problem(INVALID, f"These fields cannot be used: {names}.", errors=errors)

    def _wrong(self, name: str, kind: Any, value: Any) -> list[FieldError]:
        try:
            msgspec.convert(value, kind, strict=True)
        except msgspec.ValidationError as error:
            said, _, place = str(error).partition(" - at `$")
            pointer = f"/{name}" + "".join(
                f"/{part}" for part in place.rstrip("`").replace("[", "").split("]") if part
            )
            hint = f"{self._hints[name]} {said.replace('`', '')}."
            return [field_error(name, hint, pointer)]
        return []


def field_error(name: str, detail: str, pointer: str | None = None) -> FieldError:
    """What is wrong with a field of the body, with the pointer to it."""
    return FieldError(pointer or f"/{_escaped(name)}", name, detail)


def _not_json() -> Problem:
    return Problem(MALFORMED, "The body is not well-formed JSON in UTF-8.")


def _has_slip(number: Any) -> bool:
    return isinstance(number, str) and not number_ok(number)


def _slip(name: str) -> FieldError:
    said = "A typing slip: the check character does not fit the rest of the number."
    return field_error(name, said)


def _escaped(name: str) -> str:
    return name.replace("~", "~0").replace("/", "~1")


def _repeated(body: bytes) -> list[FieldError]:
    """The names given more than once in the outermost object."""
    pairs: list[tuple[str, Any]] = json.loads(body, object_pairs_hook=list)
    names = [name for name, _ in pairs]
    twice = sorted({name for name in names if names.count(name) > 1})
    return [field_error(name, "This field is given twice; say it once.") for name in twice]


def _whole(digits: str) -> int | float:
    # Python refuses to read thousands of digits; too large it is in any case.
    return int(digits) if len(digits) < 40 else float("inf")


def _refused(word: str) -> float:
    raise ValueError(f"{word} is not JSON")
