"""Why an item is not simply stored, and what whoever sent it can do: one text for each reason."""

from __future__ import annotations

from typing import NamedTuple

from django.utils.translation import gettext_noop


class Reason(NamedTuple):
    """What is the matter, and what to do about it, in English until somebody reads it."""

    said: str
    remedy: str


_ = gettext_noop
REJECTED_BY_HAND = "rejected-by-hand"

REASONS: dict[str, Reason] = {
    "not-final": Reason(
        _("The result is not final. It is kept and counts for nothing."),
        _("Send it again when it is final."),
    ),
    "canceled": Reason(_("The laboratory canceled it. It is kept and counts for nothing."), ""),
    "withdrawn": Reason(_("The laboratory took it back. It is kept and counts for nothing."), ""),
    "not-watched": Reason(_("The program watches no such test. It is kept."), ""),
    "panel-heading": Reason(
        _("The code names a whole panel. Its parts count, each with a code of its own."), ""
    ),
    "no-value": Reason(
        _("It has no value. It is kept and counts for nothing."),
        _("Send a final result with a value."),
    ),
    "repeat": Reason(_("The same result is on record already."), ""),
    "overtaken": Reason(_("A newer statement about the same result is on record."), ""),
    "code-unknown": Reason(
        _("Nobody has said yet what the code means."),
        _("Nothing to do: it is stored once somebody has. Send a LOINC code beside it if you can."),
    ),
    "codes-disagree": Reason(
        _("The codes of the item mean two different tests."),
        _("Correct the codes and send a correction."),
    ),
    "status-unknown": Reason(
        _("The status of the result is missing or not known."),
        _("Send the status, such as F for final."),
    ),
    "unreadable": Reason(
        _("Part of the item could not be read."), _("Correct the field named and send it again.")
    ),
    "report-number-missing": Reason(
        _("It corrects a result, and the report has no number to find that one by."),
        _("Send the number of the order from your laboratory, such as OBR-3."),
    ),
    "which-is-meant": Reason(
        _("It corrects or takes back a result, and nobody can tell for certain which one."),
        _("Send it under the number of the report it is about."),
    ),
    "order-unknown": Reason(
        _("It was corrected or taken back as well, and nothing says which was said last."),
        _("Send the time it was said with it, such as MSH-7 or issued."),
    ),
    "another-patient": Reason(
        _("A result of another patient is on record under the same number."),
        _("Give every report a number of its own, or send it as a correction."),
    ),
    "refused-before": Reason(
        _("The same result was refused before, and it is said again."),
        _("Nothing to do: somebody looks at it again."),
    ),
    "collection-day-missing": Reason(
        _("The day the specimen was collected is missing."),
        _("Send the day of collection, such as OBR-7."),
    ),
    "collected-in-the-future": Reason(
        _("The day of collection has not come yet."), _("Correct the day of collection.")
    ),
    "collected-before-birth": Reason(
        _("The day of collection is before the birth date on record."),
        _("Correct the day of collection, or the patient."),
    ),
    "value-unreadable": Reason(
        _("The value is neither a number nor a word that is known for the test."),
        _("Send a number, or a plain word such as negative."),
    ),
    "no-identifier": Reason(
        _("No identifier that counts for this sender was sent."),
        _("Send an identifier of the patient, as agreed for this connection."),
    ),
    "patient-unknown": Reason(
        _("No patient on record has an identifier that was sent."),
        _("Nothing to do: somebody looks who it is. Correct the identifier if it is wrong."),
    ),
    "identifiers-disagree": Reason(
        _("The identifiers belong to different patients."),
        _("Correct the identifiers and send it again."),
    ),
    "birth-date-differs": Reason(
        _("The birth date differs from the one on record."),
        _("Correct the birth date or the identifier, or wait until somebody has looked."),
    ),
    "name-differs": Reason(
        _("The name differs from the one on record, and no birth date was sent."),
        _("Send the birth date."),
    ),
    "sender-unknown": Reason(
        _("Nobody has registered this sender yet."),
        _("Ask the program to register the connection. What you sent is kept."),
    ),
    "program-unknown": Reason(
        _("The program of this connection has no version in force."), _("Call the program.")
    ),
    "test-message": Reason(
        _("It is a test message. It was read and changes nothing."),
        _("Send with processing ID P for it to count."),
    ),
    "control-id-reused": Reason(
        _("Another message came under this control ID."),
        _("Send it again with a control ID of its own."),
    ),
    "unit-review": Reason(
        _("The unit is missing or not known. It is kept as sent and compared with no number."),
        _("Send the unit as UCUM."),
    ),
    "implausible": Reason(
        _("The value is far from what is plausible. It counts, and somebody looks at it."), ""
    ),
    REJECTED_BY_HAND: Reason(_("Somebody looked at it and rejected it."), ""),
}


def reason_of(code: str, detail: str = "") -> Reason:
    """The text of a reason; what could not be read is said in the words of its reader."""
    known = REASONS.get(code, Reason("", ""))
    return known._replace(said=f"{known.said} {detail}".strip()) if detail else known
