"""Why a draft, a signature or a link was refused, as codes a door can put into words."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum

from etasu.safe_use.forms import FieldProblem


class Refusal(StrEnum):
    """Why somebody cannot sign."""

    NO_SUCH_DRAFT = "no-such-draft"
    CLOSED = "closed"
    OLD_VERSION = "old-version"
    NOT_CONFIRMED = "not-confirmed"
    NOT_THE_SIGNER = "not-the-signer"
    NOT_YOUR_TURN = "not-your-turn"
    ALL_SIGNED = "all-signed"
    OTHER_PARTY = "other-party"
    SAME_PERSON = "same-person"
    NOT_REPRESENTABLE = "not-representable"
    NO_NAME = "no-name"
    NOT_YOUR_NAME = "not-your-name"
    NOT_THE_PATIENT = "not-the-patient"
    PATIENTS_OWN_NAME = "patients-own-name"
    NAME_TO_COMPARE = "name-to-compare"
    NOT_COMPLETE = "not-complete"
    CHANGED_SINCE_SHOWN = "changed-since-shown"
    CHANGED_SINCE_SIGNED = "changed-since-signed"


class LinkState(StrEnum):
    """Why a signing link does not open."""

    UNKNOWN = "unknown"
    EXPIRED = "expired"
    USED = "used"
    REVOKED = "revoked"
    CLOSED = "closed"


class NoSuchForm(ValueError):
    """The program has no such form on that day."""


class DraftClosed(ValueError):
    """The draft is finished or abandoned, and stays as it is."""


class NotComplete(ValueError):
    """The form is not complete: answers are wrong or missing, or a signature is."""

    def __init__(self, number: str, problems: Sequence[FieldProblem] = ()) -> None:
        super().__init__(f"draft {number} is not complete")
        self.problems = tuple(problems)


class NotSignable(ValueError):
    """A signature was refused: the draft, the reason, and the answers that are wrong, if any."""

    def __init__(self, reason: Refusal, draft: str, problems: Sequence[FieldProblem] = ()) -> None:
        super().__init__(f"draft {draft}: {reason}")
        self.reason, self.draft, self.problems = reason, draft, tuple(problems)


class LinkNotUsable(ValueError):
    """The signing link does not open; `state` says why."""

    def __init__(self, state: LinkState) -> None:
        super().__init__(f"signing link: {state}")
        self.state = state
