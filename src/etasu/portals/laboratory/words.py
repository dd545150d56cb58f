"""What came of an item or a message, why, and for how long it has waited, in words."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from etasu.registry.monitoring.correction_models import Retaking
from etasu.registry.monitoring.held import Why
from etasu.registry.monitoring.lab_facts import ItemNow
from etasu.registry.monitoring.lab_rows import LabItemRow, LabMessageRow
from etasu.registry.monitoring.quarantine import CODE_REASONS
from etasu.registry.monitoring.reasons import reason_of
from etasu.registry.monitoring.rebuilding import ENTERED
from etasu.registry.monitoring.received import Kept
from etasu.safe_use.program import ProgramVersion

Words = str | Promise
DASH = "–"
LONGEST_VALUE = 80
WIRES: Mapping[str, Words] = {
    "hl7v2": gettext_lazy("HL7 v2 messages"),
    "fhir": gettext_lazy("FHIR"),
    "file": gettext_lazy("Files of results"),
}
FATES: Mapping[str, Words] = {
    "": gettext_lazy("All"),
    "kept": gettext_lazy("Everything kept"),
    "held": gettext_lazy("Something held"),
    "refused": gettext_lazy("Something refused"),
}
OUTCOMES: Mapping[Kept, Words] = {
    Kept.STORED: gettext_lazy("Kept"),
    Kept.QUARANTINED: gettext_lazy("Waits"),
    Kept.REJECTED: gettext_lazy("Refused"),
}
# The code itself is in the acknowledgment: what cannot be read may be answered with AE or AR.
ANSWERS: Mapping[bool, Words] = {
    True: gettext_lazy("Accepted"),
    False: gettext_lazy("Not accepted"),
}
PATIENT_REASONS = frozenset(
    {"no-identifier", "patient-unknown", "identifiers-disagree", "birth-date-differs",
     "name-differs"}
)  # fmt: skip
SENDER_REASONS = frozenset({"sender-unknown"})
# What somebody can enter, by what an item waits for.
LACKS: Mapping[str, frozenset[str]] = {
    "value-unreadable": frozenset({"value", "unit"}),
    "no-value": frozenset({"value", "unit"}),
    # Whoever enters the value has found out which result it corrects, or which was said last.
    **dict.fromkeys(
        (
            "report-number-missing",
            "which-is-meant",
            "order-unknown",
            "another-patient",
            "refused-before",
        ),
        frozenset({"value"}),
    ),
    "unreadable": ENTERED,
    "collection-day-missing": frozenset({"collected_on"}),
    "collected-in-the-future": frozenset({"collected_on"}),
    "collected-before-birth": frozenset({"collected_on"}),
}
SHORT: Mapping[str, Words] = {
    **dict.fromkeys(CODE_REASONS, gettext_lazy("Say what the code means")),
    **dict.fromkeys(PATIENT_REASONS, gettext_lazy("Say who it is about")),
    **dict.fromkeys(SENDER_REASONS, gettext_lazy("Register the sender")),
    **dict.fromkeys(LACKS, gettext_lazy("Enter what is missing, or refuse it")),
}


WHY: Mapping[Why, Words] = {
    Why.TOOK_ALARM: gettext_lazy("It took away a result that needs an answer"),
    Why.CRITICAL: gettext_lazy("The laboratory marked it as critical"),
    Why.LIMIT: gettext_lazy("What it says crosses a limit, or may"),
}


def why_first(found: Iterable[Why]) -> str:
    """Why something cannot wait; a dash where it can."""
    told = set(found)
    return "; ".join(str(said) for why, said in WHY.items() if why in told) or DASH


def said_of(reason: str) -> str:
    """Why an item was not simply kept."""
    return _(reason_of(reason).said) if reason_of(reason).said else reason


def fix_of(reason: str) -> str:
    """What somebody can do about an item that waits for this."""
    return str(SHORT.get(reason, _("Look at it, or refuse it")))


def fate_of(item: ItemNow) -> str:
    """What became of an item by now, in a sentence."""
    word = str(OUTCOMES[item.outcome])
    if item.result is not None and item.result.replaced_at is not None:
        return _("Kept, and replaced since.")
    why = said_of(item.reason) if item.reason else ""
    return f"{word}. {why}".strip() if why else word


def test_name(code: str | None, version: ProgramVersion) -> str:
    """What a test of the program is called; a dash for none."""
    if code is None:
        return DASH
    return version.tests[code].name if code in version.tests else code


def counts_of(message: LabMessageRow) -> str:
    """What became of a message's items on arrival, as far as there are any."""
    said = (
        (message.stored, _("%(n)s kept")),
        (message.quarantined, _("%(n)s held")),
        (message.rejected, _("%(n)s refused")),
    )
    return ", ".join(text % {"n": count} for count, text in said if count) or DASH


def sender_of(message: LabMessageRow) -> str:
    """Who sent a message: the connection, or the name it came under before there was one."""
    return message.connection.name if message.connection is not None else message.sender


def value_of(row: LabItemRow) -> str:
    """What was found, with its unit; without a value what was noted in its place."""
    found = " ".join(filter(None, (f"{row.comparator}{row.value or ''}", row.unit)))
    said = found or row.note.split("\n", 1)[0]
    return said if len(said) <= LONGEST_VALUE else f"{said[:LONGEST_VALUE]} …"


def age(since: datetime, at: datetime) -> str:
    """How long ago, in the unit somebody would say it in."""
    passed = max(at - since, timedelta())
    if passed >= timedelta(days=1):
        return ngettext("%(n)s day", "%(n)s days", passed.days) % {"n": passed.days}
    hours = passed // timedelta(hours=1)
    if hours:
        return ngettext("%(n)s hour", "%(n)s hours", hours) % {"n": hours}
    minutes = passed // timedelta(minutes=1)
    return ngettext("%(n)s minute", "%(n)s minutes", minutes) % {"n": minutes}


def items(count: int) -> str:
    """A number of items."""
    return ngettext("%(n)s item", "%(n)s items", count) % {"n": count}


def reports(count: int) -> str:
    """A number of reports."""
    return ngettext("%(n)s report", "%(n)s reports", count) % {"n": count}


def count_no_more(count: int) -> str:
    """What follows when so many results are not to stand."""
    text = ngettext(
        "%(n)s result counts no more. What it met is open again.",
        "%(n)s results count no more. What they met is open again.",
        count,
    )
    return text % {"n": count}


def effect_on(found: Mapping[tuple[Kept, str], int]) -> list[str]:
    """What would follow for items that wait, a sentence for each thing that can become of them."""
    sentences = []
    for (outcome, reason), count in sorted(found.items()):
        said = {"items": items(count), "why": said_of(reason) if reason else ""}
        if outcome is Kept.STORED and not reason:
            sentences.append(_("%(items)s will be taken in.") % said)
        elif outcome is Kept.STORED:
            sentences.append(_("%(items)s will be kept: %(why)s") % said)
        elif outcome is Kept.QUARANTINED:
            sentences.append(_("%(items)s will go on waiting: %(why)s") % said)
        else:
            sentences.append(_("%(items)s will be refused.") % said)
    return sentences or [_("Nothing waits for it. It counts from the next message on.")]


def effect_of(retaking: Retaking) -> list[str]:
    """What would follow for items on record that are judged again."""
    said = {"items": items(retaking.changed)}
    sentences = []
    if retaking.changed:
        sentences.append(
            _("%(items)s on record will be taken in anew. What they came to before is kept,"
              " and counts no longer.") % said
        )  # fmt: skip
    if retaking.done_at is None:
        sentences.append(_("More is on record under this code. It is judged again afterward."))
    return sentences
