"""Bytes into resources, or every element that is in the way.

One pass of a typed decoder reads what is well formed. What is not is gone through a second time,
element by element, so that all of it is told at once.
"""

from __future__ import annotations

import types
from collections.abc import Iterator, Mapping
from http import HTTPStatus
from itertools import islice
from typing import Annotated, Any, TypeVar, Union, get_args, get_origin

import msgspec
from msgspec import Meta, Raw, Struct

from etasu.interfaces.fhir.elements import is_there
from etasu.interfaces.fhir.problems import MOST_ISSUES, Issue, Refused, wrong
from etasu.interfaces.fhir.resources import Kind

LARGEST_BODY = 2 * 1024 * 1024
_BOM = b"\xef\xbb\xbf"
_DEEP = "It is nested far deeper than any resource: send it as FHIR R4 describes it."
T = TypeVar("T", bound=Struct)


def check_text(raw: bytes) -> bytes:
    """The body without a byte order mark; raises Refused for what is not text in UTF-8."""
    if len(raw) > LARGEST_BODY:
        said = f"Send at most {LARGEST_BODY} bytes; split the Bundle."
        raise Refused(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, wrong("too-long", "", said))
    body = raw.removeprefix(_BOM)
    try:
        body.decode()
    except UnicodeDecodeError as error:
        said = f"The body is not UTF-8 at byte {error.start}: send it in UTF-8."
        raise _malformed(said) from None
    return body


def kind_of(raw: bytes | Raw, path: str) -> Kind:
    """Which resource it is; raises Refused."""
    try:
        return msgspec.json.decode(raw, type=Kind)
    except msgspec.ValidationError:
        said = "resourceType is missing or no text: say which resource it is, such as Observation."
        raise Refused(
            HTTPStatus.BAD_REQUEST, wrong("structure", f"{path}.resourceType".strip("."), said)
        ) from None
    except (msgspec.DecodeError, RecursionError) as error:
        raise _not_json(error) from None


def read(raw: bytes | Raw, kind: type[T], path: str) -> T:
    """The resource; raises Refused naming every element of another kind than FHIR R4 says."""
    try:
        return msgspec.json.decode(raw, type=kind)
    except msgspec.ValidationError:
        # One more than are told, so that it is said where there are more.
        found = tuple(islice(_faults(raw, kind, path), MOST_ISSUES + 1))
        raise Refused(HTTPStatus.UNPROCESSABLE_ENTITY, *found) from None
    except (msgspec.DecodeError, RecursionError) as error:
        raise _not_json(error) from None


def members_of(raw: bytes | Raw) -> dict[str, Raw]:
    """The members of a resource that was read before, each as it was sent."""
    return msgspec.json.decode(raw, type=dict[str, Raw])


def _not_json(error: Exception) -> Refused:
    if isinstance(error, RecursionError):
        return _malformed(_DEEP)
    return _malformed(f"The body is not JSON: {str(error).rstrip('.')}. Send one whole resource.")


def _malformed(said: str) -> Refused:
    return Refused(HTTPStatus.BAD_REQUEST, wrong("structure", "", said))


def _faults(raw: bytes | Raw, kind: Any, path: str) -> Iterator[Issue]:
    kind, said = _without_wrapping(kind)
    try:
        msgspec.json.decode(raw, type=kind)
        return
    except (msgspec.MsgspecError, RecursionError) as error:
        trouble = str(error)
    inner = None
    for inner in _inner_faults(raw, kind, path):
        yield inner
    if inner is None:
        yield wrong("value", path, _remedy(kind, said, trouble, path))


def _inner_faults(raw: bytes | Raw, kind: Any, path: str) -> Iterator[Issue]:
    """The faults of the parts of an object or a list; none for what is of another kind itself."""
    try:
        if isinstance(kind, type) and issubclass(kind, Struct):
            yield from _member_faults(msgspec.json.decode(raw, type=dict[str, Raw]), kind, path)
        elif get_origin(kind) is tuple:
            parts = msgspec.json.decode(raw, type=list[Raw])
            for place, part in enumerate(parts):
                yield from _faults(part, get_args(kind)[0], f"{path}[{place}]")
    except (msgspec.MsgspecError, RecursionError):
        return


def _member_faults(members: Mapping[str, Raw], kind: type[Struct], path: str) -> Iterator[Issue]:
    for field in msgspec.structs.fields(kind):
        name = field.encode_name
        if name not in members:
            if field.required:
                yield wrong("required", f"{path}.{name}", f"{name} is missing: send it.")
        elif field.type is not Raw and (field.required or is_there(members[name])):
            yield from _faults(members[name], field.type, f"{path}.{name}")


def _without_wrapping(kind: Any) -> tuple[Any, str]:
    """The type itself, and what its values look like in words, if somebody wrote that down."""
    if get_origin(kind) in (Union, types.UnionType):
        others = [each for each in get_args(kind) if each is not types.NoneType]
        if len(others) == 1:
            kind = others[0]
    if get_origin(kind) is Annotated:
        base, *marks = get_args(kind)
        said = [each.description for each in marks if isinstance(each, Meta) and each.description]
        return kind, said[0] if said else str(base)
    return kind, ""


_SHAPES = {str: "text", bool: "true or false", int: "a whole number", dict: "an object"}


def _remedy(kind: Any, said: str, trouble: str, path: str) -> str:
    name = path.rsplit(".", 1)[-1]
    if said:
        return f"{name}: send {said}."
    choices = [each for each in get_args(kind) if isinstance(each, str)]
    if choices:
        return f"{name}: send one of {', '.join(choices)}."
    if get_origin(kind) is tuple:
        return f"{name}: send a list."
    if isinstance(kind, type) and issubclass(kind, Struct):
        shape = trouble if "value is not" in trouble else "send an object"
        return f"{name}: {shape.split(' - at ')[0]}."
    return f"{name}: send {_SHAPES.get(get_origin(kind) or kind, 'another kind of value')}."
