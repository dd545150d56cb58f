"""What is wrong with what was sent: an issue for each element, and what to do about it."""

from __future__ import annotations

from collections.abc import Iterable
from http import HTTPStatus
from typing import Any, NamedTuple

ERROR, WARNING, INFORMATION = "error", "warning", "information"
MOST_ISSUES = 40


class Issue(NamedTuple):
    """One issue of an OperationOutcome.

    `code` is of the value set issue-type, `expression` the FHIRPath of the element, and empty for
    what is about the call itself.
    """

    severity: str
    code: str
    expression: str
    said: str

    def as_resource(self) -> dict[str, Any]:
        """The issue as it is sent."""
        made: dict[str, Any] = {"severity": self.severity, "code": self.code}
        made["diagnostics"] = self.said
        if self.expression:
            made["expression"] = [self.expression]
        return made


class Refused(Exception):
    """Something that is not taken in: with which status, and why."""

    def __init__(self, status: HTTPStatus, *issues: Issue, **headers: str) -> None:
        super().__init__(" ".join(each.said for each in issues))
        self.status = status
        self.issues = issues
        self.headers = headers


def wrong(code: str, expression: str, said: str) -> Issue:
    """What has to be mended before it is sent again."""
    return Issue(ERROR, code, expression, said)


def unprocessable(code: str, expression: str, said: str) -> Refused:
    """Something well formed that cannot be taken in."""
    return Refused(HTTPStatus.UNPROCESSABLE_ENTITY, wrong(code, expression, said))


def outcome_of(issues: Iterable[Issue]) -> dict[str, Any]:
    """An OperationOutcome of so many issues at most."""
    said = list(issues)
    if len(said) > MOST_ISSUES:
        said[MOST_ISSUES - 1 :] = [
            Issue(said[0].severity, "processing", "", "And more like these.")
        ]
    return {"resourceType": "OperationOutcome", "issue": [each.as_resource() for each in said]}
