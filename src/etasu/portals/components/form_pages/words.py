"""What is wrong with an answer, said to whoever gave it."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy

from etasu.safe_use.form_checks import Wrong
from etasu.safe_use.forms import FieldProblem

SAID: dict[Wrong, Any] = {
    Wrong.MISSING: gettext_lazy("Answer this question"),
    Wrong.UNKNOWN_QUESTION: gettext_lazy("This form does not ask this question"),
    Wrong.NOT_TEXT: gettext_lazy("This cannot be read. Enter it again"),
    Wrong.UNREADABLE: gettext_lazy("This holds characters that cannot be shown. Type it again"),
    Wrong.TOO_LONG: gettext_lazy("This is too long. Use at most %(detail)s characters"),
    Wrong.NOT_OFFERED: gettext_lazy("Choose one of the answers offered"),
    Wrong.NOT_A_DAY: gettext_lazy("Enter a date that exists, such as 05/31/2025"),
    Wrong.DAY_OUT_OF_RANGE: gettext_lazy(
        "This day is too long ago or too far ahead. Check the year"
    ),
    Wrong.IN_THE_FUTURE: gettext_lazy("This day is yet to come. Enter today or a day before"),
    Wrong.IN_THE_PAST: gettext_lazy("This day is past. Enter today or a day after"),
    Wrong.NOT_A_TIME: gettext_lazy("Enter a time of day, such as 09:30"),
    Wrong.NOT_A_NUMBER: gettext_lazy("Enter a number, such as 12 or 0.5"),
    Wrong.TOO_SMALL: gettext_lazy("This is too low. The lowest is %(detail)s"),
    Wrong.TOO_LARGE: gettext_lazy("This is too high. The highest is %(detail)s"),
    Wrong.NOT_NPI: gettext_lazy("This is not an NPI. It has 10 digits; check them once more"),
    Wrong.NOT_DEA: gettext_lazy(
        "This is not a DEA number. It has 2 letters and 7 digits; check them once more"
    ),
    Wrong.NOT_NCPDP: gettext_lazy("This is not an NCPDP ID. It has 7 digits; check them once more"),
    Wrong.NOT_PHONE: gettext_lazy("Enter a US telephone number, such as 617-555-0142"),
    Wrong.NOT_EMAIL: gettext_lazy("Enter an email address, such as name@example.org"),
    Wrong.NOT_STATE: gettext_lazy("Choose a state"),
    Wrong.NOT_ZIP: gettext_lazy("Enter a ZIP Code, such as 02139"),
    Wrong.ZIP_ELSEWHERE: gettext_lazy("This ZIP Code is not in the state given"),
    Wrong.NOT_ADDRESS: gettext_lazy("Enter the street and the house number"),
    Wrong.NOT_A_NAME: gettext_lazy(
        "Use letters, spaces, apostrophes, hyphens, periods and commas only, at most 200"
    ),
    Wrong.NEEDS_CONSENT: gettext_lazy("This form is not complete without this consent"),
}


def problem_words(problem: FieldProblem) -> str:
    """One sentence: what is wrong, and how to put it right."""
    said = str(SAID[problem.code])
    return said % {"detail": problem.detail} if "%(detail)s" in said else said
