"""Why a list that was sent as a file could not be read, in words."""

from __future__ import annotations

from django.utils.translation import gettext_lazy

from etasu.registry.participants.csv_rows import BadFile, FileProblem

FILES = {
    FileProblem.EMPTY: gettext_lazy("There are no rows below the headings."),
    FileProblem.NOT_TEXT: gettext_lazy("This is no CSV file. Save the list as CSV, and send that."),
    FileProblem.TOO_LARGE: gettext_lazy("This file is larger than 5 MB. Send it in parts."),
    FileProblem.TOO_MANY_ROWS: gettext_lazy("There are more than 20,000 rows. Send it in parts."),
    FileProblem.NO_COLUMNS: gettext_lazy("The first row lacks these headings: %(missing)s."),
}


def file_problem(refused: BadFile) -> str:
    """Why a file could not be read."""
    return str(FILES[refused.why]) % {"missing": ", ".join(refused.missing)}
