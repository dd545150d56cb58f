"""The words for what is known of a case."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from etasu.portals.components.words import role_label
from etasu.registry.safety.actions import Source
from etasu.registry.safety.facts import CaseAt, Why
from etasu.safe_use.safety import Because, Expectedness, Missing, Said, Seriousness
from etasu.safe_use.safety_plan import CaseKind, Criterion, Detail

# Words of the catalog, in the language of whoever reads.
Words = Mapping[str, Any]
DASH = "–"
KINDS: Words = {
    CaseKind.ADVERSE_EVENT: gettext_lazy("Adverse event"),
    CaseKind.PREGNANCY: gettext_lazy("Pregnancy"),
}
CRITERIA: Words = {
    Criterion.DEATH: gettext_lazy("Death"),
    Criterion.LIFE_THREATENING: gettext_lazy("Life-threatening"),
    Criterion.HOSPITALIZATION: gettext_lazy("Hospital stay, or a longer one"),
    Criterion.DISABILITY: gettext_lazy("Persistent or significant disability"),
    Criterion.CONGENITAL_ANOMALY: gettext_lazy("Congenital anomaly or birth defect"),
    Criterion.IMPORTANT_MEDICAL_EVENT: gettext_lazy("Another important medical event"),
}
SAID: Words = {
    Said.YES: gettext_lazy("Yes"),
    Said.NO: gettext_lazy("No"),
    Said.UNKNOWN: gettext_lazy("Not known"),
}
SERIOUS: Words = {
    Seriousness.SERIOUS: gettext_lazy("Serious"),
    Seriousness.NOT_SERIOUS: gettext_lazy("Not serious"),
    Seriousness.UNKNOWN: gettext_lazy("Not known yet"),
}
EXPECTED: Words = {
    Expectedness.EXPECTED: gettext_lazy("Expected"),
    Expectedness.UNEXPECTED: gettext_lazy("Unexpected"),
    Expectedness.UNKNOWN: gettext_lazy("Not known yet"),
}
MISSING: Words = {
    Missing.PATIENT: gettext_lazy("a patient who can be identified"),
    Missing.REPORTER: gettext_lazy("somebody who reports"),
    Missing.PRODUCT: gettext_lazy("the drug"),
    Missing.EVENT: gettext_lazy("what happened"),
}
WHY: Words = {
    Why.LATE: gettext_lazy("late"),
    Why.NOT_ASSESSED: gettext_lazy("to be assessed"),
    Why.INCOMPLETE: gettext_lazy("something is missing"),
    Why.QUESTION_OPEN: gettext_lazy("a question is open"),
    Why.NOT_ACKNOWLEDGED: gettext_lazy("handed over, not acknowledged"),
}
BECAUSE: Words = {
    Because.ALERT: gettext_lazy("serious and unexpected"),
    Because.NOT_KNOWN: gettext_lazy("not known to be harmless or expected"),
    Because.FOLLOW_UP: gettext_lazy("told after it was handed over"),
    Because.PERIODIC: gettext_lazy("with the periodic report"),
    Because.NO_CLOCK: gettext_lazy("the program names no days"),
    Because.NOTHING_WAITS: gettext_lazy("nothing waits"),
}
SOURCES: Words = {
    Source.PATIENT: gettext_lazy("The patient"),
    Source.CARE_PARTNER: gettext_lazy("A care partner"),
    Source.PROFESSIONAL: gettext_lazy("A health professional"),
    Source.FORM: gettext_lazy("A form"),
    Source.INFUSION_DAY: gettext_lazy("An infusion day"),
    Source.STAFF: gettext_lazy("The program’s staff"),
    Source.SELF_CHECK: gettext_lazy("A self-check"),
    Source.MESSAGE: gettext_lazy("A message"),
    Source.COMMUNITY: gettext_lazy("A post"),
    Source.SYSTEM: gettext_lazy("Another system"),
}
DETAILS: Words = {
    Detail.PATIENT_INITIALS: gettext_lazy("Initials of the patient"),
    Detail.AGE: gettext_lazy("Age in years"),
    Detail.SEX: gettext_lazy("Sex"),
    Detail.WEIGHT: gettext_lazy("Weight in kg"),
    Detail.BEGAN_ON: gettext_lazy("Began on"),
    Detail.ENDED_ON: gettext_lazy("Ended on"),
    Detail.OUTCOME: gettext_lazy("How it stands now"),
    Detail.TESTS: gettext_lazy("Tests"),
    Detail.HISTORY: gettext_lazy("Medical history"),
    Detail.PREGNANCY_DUE: gettext_lazy("Due date of the pregnancy"),
    Detail.DOSE: gettext_lazy("Dose"),
    Detail.LAST_GIVEN_ON: gettext_lazy("Last given on"),
    Detail.LOT: gettext_lazy("Lot number"),
    Detail.REASON_FOR_USE: gettext_lazy("Given for"),
    Detail.AFTER_STOPPING: gettext_lazy("After the drug was stopped"),
    Detail.AFTER_RESTARTING: gettext_lazy("After it was given again"),
    Detail.OTHER_MEDICINES: gettext_lazy("Other medicines"),
    Detail.REPORTER_NAME: gettext_lazy("Name of who reports"),
    Detail.REPORTER_CONTACT: gettext_lazy("How to reach who reports"),
}


def days_said(found: CaseAt) -> str:
    """How long is left, as somebody says it."""
    days = found.left.days_left
    if days is None:
        return str(BECAUSE[found.left.because])
    if days < 0:
        said = ngettext("%(count)s day late", "%(count)s days late", -days)
        return said % {"count": -days}
    return ngettext("%(count)s day left", "%(count)s days left", days) % {"count": days}


def why_said(found: CaseAt) -> str:
    """Why it is where it is in the list."""
    reasons = [str(WHY[each]) for each in found.why]
    return "; ".join([str(BECAUSE[found.left.because]), *reasons])


def told_by(role: str) -> str:
    """Who told it."""
    return role_label(role) if role else _("Nobody named")
