"""What can go wrong with a call, each with a name that stays: RFC 9457 problem details.

The table below is the whole set. The reference page and the OpenAPI document are made from it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any, NamedTuple

BASE = "/api/v1/problems/"


class FieldError(NamedTuple):
    """What is wrong with one field: a JSON pointer into the body, the field's name, and words.

    The pointer is empty for a parameter of the address.
    """

    pointer: str
    field: str
    detail: str


class ProblemType(NamedTuple):
    """One kind of problem. `advice` says what the caller can do about it."""

    code: str
    status: HTTPStatus
    title: str
    advice: str

    @property
    def uri(self) -> str:
        """The `type` of a problem of this kind, which is also where it is explained."""
        return BASE + self.code


class Problem(Exception):
    """A call that gets no decision, or no answer that could be given."""

    def __init__(
        self,
        kind: ProblemType,
        detail: str,
        *,
        errors: Sequence[FieldError] = (),
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(detail)
        self.kind = kind
        self.detail = detail
        self.errors = tuple(errors)
        self.headers = dict(headers or {})

    def as_dict(self, request_id: str) -> dict[str, Any]:
        """The problem as it is sent."""
        said: dict[str, Any] = {
            "type": self.kind.uri,
            "title": self.kind.title,
            "status": int(self.kind.status),
            "detail": self.detail,
        }
        if self.errors:
            said["errors"] = [error._asdict() for error in self.errors]
        return said | {"request_id": request_id}


def _type(code: str, status: HTTPStatus, title: str, advice: str) -> ProblemType:
    made = ProblemType(code, status, title, advice)
    TYPES[code] = made
    return made


TYPES: dict[str, ProblemType] = {}

MALFORMED = _type(
    "malformed",
    HTTPStatus.BAD_REQUEST,
    "The request cannot be read.",
    "Send a JSON object, and an Idempotency-Key of 1 to 255 visible ASCII characters.",
)
UNKNOWN_KEY = _type(
    "unknown-api-key",
    HTTPStatus.UNAUTHORIZED,
    "The API key is missing or not known.",
    "Send `Authorization: Bearer <API key>` with a key that was not revoked.",
)
NOT_FOUND = _type(
    "not-found",
    HTTPStatus.NOT_FOUND,
    "There is nothing here for you.",
    "Check the address and the number. What you may not see and what does not exist look alike.",
)
METHOD_NOT_ALLOWED = _type(
    "method-not-allowed",
    HTTPStatus.METHOD_NOT_ALLOWED,
    "This address does not take this method.",
    "The Allow header names the methods it takes.",
)
NOT_ACCEPTABLE = _type(
    "not-acceptable",
    HTTPStatus.NOT_ACCEPTABLE,
    "The answer is of a kind you do not accept.",
    "Send `Accept: application/json`, for a file `Accept: application/pdf`, or no Accept header.",
)
KEY_IN_FLIGHT = _type(
    "key-in-flight",
    HTTPStatus.CONFLICT,
    "A request with this idempotency key is being answered right now.",
    "Send it again after the seconds in Retry-After; you will get the same answer.",
)
LENGTH_REQUIRED = _type(
    "length-required",
    HTTPStatus.LENGTH_REQUIRED,
    "The length of the body is not stated.",
    "Send a Content-Length header; chunked bodies are not taken.",
)
TOO_LARGE = _type(
    "too-large",
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    "The body is too large.",
    "A question fits in far less than 16 KiB.",
)
UNSUPPORTED_MEDIA_TYPE = _type(
    "unsupported-media-type",
    HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
    "The body is not JSON.",
    "Send `Content-Type: application/json`, not compressed.",
)
INVALID = _type(
    "invalid",
    HTTPStatus.UNPROCESSABLE_ENTITY,
    "The question cannot be asked as it stands.",
    "`errors` names every field or parameter and what to do about it. Nothing was stored.",
)
KEY_REUSED = _type(
    "key-reused",
    HTTPStatus.UNPROCESSABLE_ENTITY,
    "This idempotency key was used for another question.",
    "Use a new key for a new question; the same key only to repeat the same one.",
)
UNEXPECTED = _type(
    "unexpected",
    HTTPStatus.INTERNAL_SERVER_ERROR,
    "Something broke on our side.",
    "Nothing opens. Call support and read out the request id.",
)
CANNOT_DECIDE = _type(
    "cannot-decide",
    HTTPStatus.SERVICE_UNAVAILABLE,
    "The gate cannot decide, so nothing may be dispensed or infused.",
    "Call the program's support line and read out the number in `decision`. The same idempotency "
    "key gets the same answer; ask again with a new one.",
)
UNAVAILABLE = _type(
    "unavailable",
    HTTPStatus.SERVICE_UNAVAILABLE,
    "The database cannot be reached, or is too busy.",
    "Nothing opens. Send the request again after the seconds in Retry-After, with the same "
    "idempotency key.",
)
FATE_UNKNOWN = _type(
    "fate-unknown",
    HTTPStatus.SERVICE_UNAVAILABLE,
    "The connection broke while the decision was being kept.",
    "It may have been kept. Ask again: if it was, the new answer names it. With an "
    "Idempotency-Key this is done for you.",
)
