"""The body of a call as a question to a gate, or what is wrong with each of its fields."""

from __future__ import annotations

import json
from datetime import date
from typing import Annotated, Any

import msgspec
from msgspec import UNSET, Meta, UnsetType

from etasu.interfaces.api.problems import INVALID, MALFORMED, FieldError, Problem
from etasu.registry.authorizations.requests import AuthorizationRequest, RequestProblem
from etasu.safe_use.identifiers import number_ok

_CODE = r"^[A-Za-z0-9][A-Za-z0-9._-]*$"
_SHAPE = r"^[0-9A-HJKMNP-TV-Z]{5}-[0-9A-HJKMNP-TV-Z]{5}-[0-9A-HJKMNP-TV-Z]$"


def _code(said: str, example: str) -> Meta:
    return Meta(min_length=1, max_length=64, pattern=_CODE, description=said, examples=[example])


def _number(said: str, example: str) -> Meta:
    return Meta(min_length=13, max_length=13, pattern=_SHAPE, description=said, examples=[example])


Program = Annotated[str, _code("The program's code.", "teaching")]
GateCode = Annotated[str, _code("The gate's code in that program.", "authorize")]
Patient = Annotated[
    str, _number("The patient's number, with its check character.", "7QK2M-X0B4T-N")
]
PlannedOn = Annotated[
    date,
    Meta(description="The day the drug would be given or handed over: today or later."),
]
Course = Annotated[
    int,
    Meta(ge=1, le=99, description="The course this is for; left out, the one in question."),
]
Facility = Annotated[
    str,
    _number("The facility's number; left out, your own or the authorized one.", "0A1B2-C3D4E-Y"),
]
Pharmacy = Annotated[
    str,
    _number("The pharmacy's number; left out, your own or the authorized one.", "5F6G7-H8J9K-F"),
]
DaysSupply = Annotated[int, Meta(ge=1, le=366, description="For how many days, where it counts.")]
Statement = Annotated[str, _code("A statement's code.", "guide-given")]
Statements = Annotated[
    list[Statement], Meta(max_length=64, description="What the asker states with this request.")
]


class AuthorizationQuestion(msgspec.Struct, forbid_unknown_fields=True, gc=False):
    """May the drug pass this gate, for this patient, on this day?"""

    program: Program
    gate: GateCode
    patient: Patient
    planned_on: PlannedOn
    course: Course | None | UnsetType = UNSET
    facility: Facility | None | UnsetType = UNSET
    pharmacy: Pharmacy | None | UnsetType = UNSET
    days_supply: DaysSupply | None | UnsetType = UNSET
    acknowledged: Statements | UnsetType = UNSET


_decoder = msgspec.json.Decoder(AuthorizationQuestion)
_NUMBERS = ("patient", "facility", "pharmacy")
_FIELDS = {each.name: each for each in msgspec.structs.fields(AuthorizationQuestion)}
# A field of the registry's question that has another name on this wire.
_NAMES = {"statements": "acknowledged"}


def translate(body: bytes) -> AuthorizationRequest:
    """The question; raises Problem naming every field that cannot be read."""
    try:
        asked = _decoder.decode(body)
    except msgspec.ValidationError:
        raise _explained(body) from None
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise Problem(MALFORMED, "The body is not well-formed JSON in UTF-8.") from None
    given = [value for value in msgspec.structs.astuple(asked) if value is not UNSET]
    # Every key is followed by a colon, so fewer fields than colons may mean a key came twice.
    if body.count(b":") != len(given) and _repeated(body):
        raise Problem(INVALID, "A field is given twice.", errors=_repeated(body))
    slips = [_slip(name) for name in _NUMBERS if _has_slip(getattr(asked, name))]
    if slips:
        raise Problem(INVALID, "A number holds a typing slip.", errors=slips)
    return AuthorizationRequest(
        asked.program,
        asked.gate,
        asked.patient,
        asked.planned_on,
        asked.course or None,
        asked.facility or None,
        asked.pharmacy or None,
        asked.days_supply or None,
        tuple(sorted(set(asked.acknowledged or ()))),
    )


def untranslated(problems: tuple[RequestProblem, ...]) -> Problem:
    """What the registry said about a question, in the words of this wire."""
    errors = [_error(_NAMES.get(each.field, each.field), each.detail) for each in problems]
    return Problem(INVALID, " ".join(each.detail for each in problems), errors=errors)


def _has_slip(number: str | UnsetType | None) -> bool:
    return isinstance(number, str) and not number_ok(number)


def _slip(name: str) -> FieldError:
    said = "A typing slip: the check character does not fit the rest of the number."
    return _error(name, said)


def _error(name: str, detail: str, pointer: str | None = None) -> FieldError:
    return FieldError(pointer or f"/{_escaped(name)}", name, detail)


def _escaped(name: str) -> str:
    return name.replace("~", "~0").replace("/", "~1")


def _repeated(body: bytes) -> list[FieldError]:
    """The names given more than once in the outermost object."""
    pairs: list[tuple[str, Any]] = json.loads(body, object_pairs_hook=list)
    names = [name for name, _ in pairs]
    twice = sorted({name for name in names if names.count(name) > 1})
    return [_error(name, "This field is given twice; say it once.") for name in twice]


def _explained(body: bytes) -> Problem:
    """Every field that is wrong; the decoder alone stops at the first."""
    try:
        given = json.loads(body, parse_int=_whole, parse_constant=_refused)
    except (ValueError, RecursionError):
        return Problem(MALFORMED, "The body is not well-formed JSON in UTF-8.")
    if not isinstance(given, dict):
        said = "The body must be a JSON object."
        return Problem(INVALID, said, errors=[FieldError("", "", said)])
    errors = [
        _error(name[:64], "There is no such field here.") for name in given if name not in _FIELDS
    ]
    for name, field in _FIELDS.items():
        if name in given:
            errors += _wrong(name, field.type, given[name])
        elif field.required:
            errors.append(_error(name, "This field is missing."))
    names = ", ".join(each.field for each in errors)
    return Problem(INVALID, f"These fields cannot be used: {names}.", errors=errors)


def _whole(digits: str) -> int | float:
    # Python refuses to read thousands of digits; too large it is in any case.
    return int(digits) if len(digits) < 40 else float("inf")


def _refused(word: str) -> float:
    raise ValueError(f"{word} is not JSON")


def _wrong(name: str, kind: Any, value: Any) -> list[FieldError]:
    try:
        msgspec.convert(value, kind, strict=True)
    except msgspec.ValidationError as error:
        said, _, place = str(error).partition(" - at `$")
        pointer = f"/{name}" + "".join(
            f"/{part}" for part in place.rstrip("`").replace("[", "").split("]") if part
        )
        return [_error(name, f"{_HINTS[name]} {said.replace('`', '')}.", pointer)]
    return []


_HINTS = {
    "program": "A program's code.",
    "gate": "A gate's code.",
    "patient": "A patient's number such as 7QK2M-X0B4T-N.",
    "planned_on": "A day of the calendar such as 2025-05-01.",
    "course": "A whole number from 1 to 99.",
    "facility": "A facility's number such as 7QK2M-X0B4T-N.",
    "pharmacy": "A pharmacy's number such as 7QK2M-X0B4T-N.",
    "days_supply": "A whole number from 1 to 366.",
    "acknowledged": "A list of at most 64 statement codes.",
}
