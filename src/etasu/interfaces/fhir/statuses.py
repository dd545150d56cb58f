"""How far a result is, by the value sets observation-status and diagnostic-report-status."""

from __future__ import annotations

from etasu.safe_use.lab_reports import COUNTING, ItemStatus

_OF_RESULT = {
    "registered": ItemStatus.REGISTERED,
    "preliminary": ItemStatus.PRELIMINARY,
    "final": ItemStatus.FINAL,
    "amended": ItemStatus.CORRECTED,
    "corrected": ItemStatus.CORRECTED,
    "cancelled": ItemStatus.CANCELED,  # codespell:ignore
    "entered-in-error": ItemStatus.WITHDRAWN,
}
_OF_REPORT = _OF_RESULT | {
    "partial": ItemStatus.PRELIMINARY,
    "appended": ItemStatus.CORRECTED,
}
# A report that is taken back.
TAKEN_BACK = frozenset({"cancelled", "entered-in-error"})  # codespell:ignore


def status_of(of_result: str, of_report: str) -> tuple[ItemStatus, str]:
    """The status of an observation in a report, if it is in one, and what is wrong with it."""
    found = _OF_RESULT.get(of_result)
    if found is None:
        return ItemStatus.UNKNOWN, "status is unknown: send how far the result is, such as final."
    if found in COUNTING and of_report in TAKEN_BACK:
        said = f"status is {of_result}, but its report's is {of_report}: "
        return ItemStatus.UNKNOWN, f"{said}say whether there is a result."
    return found, ""


def status_of_report(of_report: str) -> ItemStatus:
    """The status of a report that has no observation of its own."""
    return _OF_REPORT.get(of_report, ItemStatus.UNKNOWN)
