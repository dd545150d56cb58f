"""Why a row of another administrator's file is not brought in, and what to do about it."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import NamedTuple


class Reason(StrEnum):
    """Everything that can be wrong with a row; the codes are permanent."""

    COLUMN_COUNT = "column-count"
    BAD_QUOTING = "bad-quoting"
    LINE_TOO_LONG = "line-too-long"
    NOT_UTF8 = "not-utf8"
    NUL_BYTE = "nul-byte"
    CONTROL_CHARACTER = "control-character"
    CHARACTERS_LOST = "characters-lost"
    FORMULA = "formula"
    TOO_LONG = "too-long"
    MISSING = "missing"
    NOT_ON_THE_LIST = "not-on-the-list"
    UNKNOWN_PROGRAM = "unknown-program"
    UNKNOWN_KIND = "unknown-kind"
    UNKNOWN_STATE = "unknown-state"
    UNKNOWN_ZIP = "unknown-zip"
    BAD_NPI = "bad-npi"
    BAD_DEA = "bad-dea"
    BAD_NCPDP = "bad-ncpdp"
    BAD_EMAIL = "bad-email"
    BAD_TELEPHONE = "bad-telephone"
    NOT_A_NUMBER = "not-a-number"
    DATE_UNREADABLE = "date-unreadable"
    DATE_NOT_IN_CALENDAR = "date-not-in-calendar"
    DATE_IN_FUTURE = "date-in-future"
    DATE_TOO_EARLY = "date-too-early"
    DATES_OUT_OF_ORDER = "dates-out-of-order"
    PERIOD_TOO_LONG = "period-too-long"
    NO_LONGER_OPEN = "no-longer-open"
    DUPLICATE_LEGACY_ID = "duplicate-legacy-id"
    DUPLICATE_NPI = "duplicate-npi"
    DUPLICATE_NCPDP = "duplicate-ncpdp"
    SAME_PERSON_TWICE = "same-person-twice"
    SAME_DAY_TWICE = "same-day-twice"
    SAME_SLOT_TWICE = "same-slot-twice"
    CHANGED_SINCE = "changed-since"
    HERE_ALREADY_DIFFERS = "here-already-differs"
    SAME_PERSON_HERE = "same-person-here"
    EMAIL_OF_SOMEBODY_ELSE = "email-of-somebody-else"
    UNKNOWN_PARTICIPANT = "unknown-participant"
    UNKNOWN_PATIENT = "unknown-patient"
    WAITS_FOR_PARTICIPANT = "waits-for-participant"
    WAITS_FOR_PATIENT = "waits-for-patient"
    OTHER_KIND = "other-kind"
    REFUSED_BY_DATABASE = "refused-by-database"


class Remark(StrEnum):
    """What is worth knowing about a row that was brought in all the same."""

    ZIP_OF_ANOTHER_STATE = "zip-of-another-state"
    LAST_DAY_COUNTED_OTHERWISE = "last-day-counted-otherwise"
    NO_SIGN_IN = "no-sign-in"
    COMPARED_FIRST = "compared-first"


class Words(NamedTuple):
    """What a code means, and what to do."""

    meaning: str
    remedy: str


WORDS: Mapping[Reason | Remark, Words] = {
    Reason.COLUMN_COUNT: Words(
        "The row has more or fewer cells than the header.",
        "Look for a separator inside a value; put that value in quotes.",
    ),
    Reason.BAD_QUOTING: Words(
        "A quote is not closed on its line, or stands in the middle of a value.",
        "Close it, double it, or take it out. A value is one line.",
    ),
    Reason.LINE_TOO_LONG: Words("The line is longer than 64 KB.", "Look for a lost line end."),
    Reason.NOT_UTF8: Words("The row is not UTF-8 text.", "Save the file as CSV UTF-8."),
    Reason.NUL_BYTE: Words("The row holds a NUL byte.", "Deliver the row again; it was damaged."),
    Reason.CONTROL_CHARACTER: Words(
        "The value holds a character that cannot be seen.", "Type the value anew."
    ),
    Reason.CHARACTERS_LOST: Words(
        "The value holds the sign for characters that an earlier conversion lost.",
        "Take the value from the source, and save it as UTF-8.",
    ),
    Reason.FORMULA: Words(
        "The value begins as a spreadsheet formula does.", "Put the value itself there."
    ),
    Reason.TOO_LONG: Words("The value is longer than such a value is.", "Look for two in one."),
    Reason.MISSING: Words("The value is missing.", "Fill it in from the source."),
    Reason.NOT_ON_THE_LIST: Words(
        "The value is none of those the program or the column page lists.", "Use one of them."
    ),
    Reason.UNKNOWN_PROGRAM: Words(
        "There is no such program here.", "Use the code `etasu program list` shows."
    ),
    Reason.UNKNOWN_KIND: Words(
        "The program has no such kind of participant.", "Use a kind of the program's page."
    ),
    Reason.UNKNOWN_STATE: Words(
        "There is no such state.", "Use the two letters of the Postal Service."
    ),
    Reason.UNKNOWN_ZIP: Words(
        "There is no such ZIP code.", "Correct it, or leave it empty until it is known."
    ),
    Reason.BAD_NPI: Words(
        "This cannot be an NPI: ten digits with a check digit.", "Look it up in the NPI registry."
    ),
    Reason.BAD_DEA: Words(
        "This cannot be a DEA number: two letters, seven digits, the last a check digit.",
        "Correct it, or leave it empty.",
    ),
    Reason.BAD_NCPDP: Words(
        "This cannot be an NCPDP provider ID: seven digits.", "Correct it, or leave it empty."
    ),
    Reason.BAD_EMAIL: Words(
        "This cannot be an e-mail address.", "Correct it, or leave it empty where that is allowed."
    ),
    Reason.BAD_TELEPHONE: Words(
        "This cannot be a US telephone number.", "Correct it, or leave it empty."
    ),
    Reason.NOT_A_NUMBER: Words("This is no whole number from 1.", "Write it in digits."),
    Reason.DATE_UNREADABLE: Words(
        "This is no date as announced.", "Write 2025-03-31; for 3/31/2025 import with --dates us."
    ),
    Reason.DATE_NOT_IN_CALENDAR: Words("There is no such day.", "Take it from the source."),
    Reason.DATE_IN_FUTURE: Words("The day has not come yet.", "Take it from the source."),
    Reason.DATE_TOO_EARLY: Words("The day is too long ago to be true.", "Take it from the source."),
    Reason.DATES_OUT_OF_ORDER: Words(
        "The day lies before the one it must follow.", "See which of the two is wrong."
    ),
    Reason.PERIOD_TOO_LONG: Words(
        "The certification would last longer than the program allows.",
        "Correct the days, or leave the last one empty to take the program's.",
    ),
    Reason.NO_LONGER_OPEN: Words(
        "The authorization ended before today.", "Leave it out: only open ones are carried over."
    ),
    Reason.DUPLICATE_LEGACY_ID: Words(
        "Several rows that differ have this legacy ID.", "Keep the right one, or number them apart."
    ),
    Reason.DUPLICATE_NPI: Words(
        "Several prescribers of the file have this NPI.", "Make them one, or correct the NPI."
    ),
    Reason.DUPLICATE_NCPDP: Words(
        "Several pharmacies of the file have this NCPDP ID.", "Make them one, or correct the ID."
    ),
    Reason.SAME_PERSON_TWICE: Words(
        "Several rows have this name, birth date and ZIP code.",
        "Make them one; if they are different people, write yes under is_distinct.",
    ),
    Reason.SAME_DAY_TWICE: Words(
        "Several rows are infusions of this patient on this day.", "Keep one for each day."
    ),
    Reason.SAME_SLOT_TWICE: Words(
        "Several rows authorize the same thing for this patient.", "Keep the one that is open."
    ),
    Reason.CHANGED_SINCE: Words(
        "This legacy ID was carried over before, and the row said something else then.",
        "Change the record here, or put the row back as it was.",
    ),
    Reason.HERE_ALREADY_DIFFERS: Words(
        "Here already is a record with this number or day, and it differs.",
        "Compare the two; correct the row, or leave it out.",
    ),
    Reason.SAME_PERSON_HERE: Words(
        "Here already is a patient with this name, birth date and ZIP code.",
        "Compare them; if they are different people, write yes under is_distinct.",
    ),
    Reason.EMAIL_OF_SOMEBODY_ELSE: Words(
        "Somebody of another name signs in with this address.", "Give each person their own."
    ),
    Reason.UNKNOWN_PARTICIPANT: Words(
        "No row and no record has the legacy ID this row refers to.", "Add the participant."
    ),
    Reason.UNKNOWN_PATIENT: Words(
        "No row and no record has the legacy ID this row refers to.", "Add the patient."
    ),
    Reason.WAITS_FOR_PARTICIPANT: Words(
        "The participant this row refers to was not brought in.",
        "Correct that row; this one then comes in by itself.",
    ),
    Reason.WAITS_FOR_PATIENT: Words(
        "The patient this row refers to was not brought in.",
        "Correct that row; this one then comes in by itself.",
    ),
    Reason.OTHER_KIND: Words(
        "The participant this row refers to is of another kind, or has no such role.",
        "Correct the reference or the role.",
    ),
    Reason.REFUSED_BY_DATABASE: Words(
        "The database refused the row.", "Tell the developers; the value names the rule broken."
    ),
    Remark.ZIP_OF_ANOTHER_STATE: Words(
        "The ZIP code belongs to another state.", "See which of the two is right."
    ),
    Remark.LAST_DAY_COUNTED_OTHERWISE: Words(
        "The last day is one later than the program's own, which holds.", "Nothing."
    ),
    Remark.NO_SIGN_IN: Words(
        "Somebody of another name signs in with this address, so no sign-in was made.",
        "Invite the person with an address of their own.",
    ),
    Remark.COMPARED_FIRST: Words(
        "The patient may be one who is here already: no gate says yes until they are compared.",
        "Compare the two records in the administrator portal.",
    ),
}


class Fault(NamedTuple):
    """One thing about one row. `value` is fit to be shown: of an identity only its kind."""

    row: int
    column: str | None
    reason: Reason | Remark
    value: str = ""
    see_row: int | None = None
