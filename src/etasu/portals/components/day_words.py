"""What an infusion day is called on a page: stages, steps, what is noted, what to know."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, NamedTuple

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from etasu.portals.components import dates
from etasu.safe_use.infusion_day import Caution, DayEvent, DayStanding, Stage, Step
from etasu.safe_use.program import ProgramVersion

STEPS: Mapping[Step, str | Promise] = {
    Step.PREMEDICATION: gettext_lazy("Give the premedication"),
    Step.VITALS_BEFORE: gettext_lazy("Take vital signs before the infusion"),
    Step.START: gettext_lazy("Start the infusion"),
    Step.VITALS_DURING: gettext_lazy("Take vital signs while it runs"),
    Step.END: gettext_lazy("Note the end of the infusion"),
    Step.OBSERVATION: gettext_lazy("Observe the patient until the end of the observation"),
}
CAUTIONS: Mapping[Caution, str | Promise] = {
    Caution.NOT_IN_A_ROW: gettext_lazy(
        "The infusion before was not yesterday. The days of a course follow each other."
    ),
    Caution.TOO_MANY_DAYS: gettext_lazy("This is more days than the course has."),
    Caution.NO_PREMEDICATION: gettext_lazy(
        "The infusion started without the premedication that is needed on this day."
    ),
    Caution.NO_VITALS_BEFORE: gettext_lazy(
        "The infusion started, and no vital signs were noted before it."
    ),
    Caution.STOPPED_EARLY: gettext_lazy("The infusion was stopped early."),
    Caution.LEFT_EARLY: gettext_lazy("The patient left before the end of the observation."),
    Caution.SERIOUS_REACTION: gettext_lazy(
        "There was a serious reaction. Call the program about it today."
    ),
}
EVENTS: Mapping[DayEvent, str | Promise] = {
    DayEvent.ARRIVED: gettext_lazy("Arrived"),
    DayEvent.PREMEDICATED: gettext_lazy("Premedication given"),
    DayEvent.VITALS: gettext_lazy("Vital signs"),
    DayEvent.STARTED: gettext_lazy("Infusion started"),
    DayEvent.SLOWED: gettext_lazy("Infusion slowed down"),
    DayEvent.PAUSED: gettext_lazy("Infusion paused"),
    DayEvent.RESUMED: gettext_lazy("Infusion resumed"),
    DayEvent.STOPPED: gettext_lazy("Infusion stopped early"),
    DayEvent.FINISHED: gettext_lazy("Infusion finished"),
    DayEvent.REACTION: gettext_lazy("Infusion reaction"),
    DayEvent.LONGER: gettext_lazy("Observation made longer"),
    DayEvent.OBSERVED: gettext_lazy("Observation done"),
}
GRADES: Mapping[int, str | Promise] = {
    1: gettext_lazy("Grade 1: mild; nothing had to be done, or the infusion only watched"),
    2: gettext_lazy("Grade 2: moderate; treated here, or the infusion slowed down or paused"),
    3: gettext_lazy("Grade 3: severe; the infusion stopped, or a stay in hospital"),
    4: gettext_lazy("Grade 4: life-threatening"),
    5: gettext_lazy("Grade 5: the patient died"),
}


class StageWords(NamedTuple):
    """A stage as a board and a page say it, in one of the five tones."""

    said: str
    tone: str


def stage_words(standing: DayStanding, zone: str) -> StageWords:
    """Where a patient stands, with the time that matters."""
    since = dates.clock(standing.since, zone) if standing.since else ""
    until = dates.clock(standing.leaves_from, zone) if standing.leaves_from else ""
    said: dict[Stage, tuple[str, str]] = {
        Stage.EXPECTED: (_("Expected"), "plain"),
        Stage.ARRIVED: (_("Here since %(clock)s") % {"clock": since}, "calm"),
        Stage.PREPARED: (_("Ready to start"), "calm"),
        Stage.RUNNING: (_("Running since %(clock)s") % {"clock": since}, "good"),
        Stage.PAUSED: (_("Paused since %(clock)s") % {"clock": since}, "care"),
        Stage.OBSERVATION: (_("Observation until %(clock)s") % {"clock": until}, "calm"),
        Stage.MAY_LEAVE: (_("May leave since %(clock)s") % {"clock": until}, "good"),
        Stage.DONE: (_("Done, left at %(clock)s") % {"clock": since}, "plain"),
    }
    return StageWords(*said[standing.stage])


def sign_name(version: ProgramVersion, code: str) -> str:
    """What a vital sign is called by the program."""
    sign = version.vital_signs.get(code)
    test = version.tests.get(sign.test) if sign else None
    return test.name if test else code


def detail_words(detail: Mapping[str, Any], version: ProgramVersion, zone: str) -> str:
    """What is said of an entry besides what happened and when."""
    parts = [
        _premedication(detail, version),
        ", ".join(
            f"{sign_name(version, code)} {value}{_unit(version, code)}"
            for code, value in detail.get("values", {}).items()
        ),
        str(_("Grade %(grade)s") % {"grade": detail["grade"]}) if detail.get("grade") else "",
        _until(detail.get("until"), zone),
        *(str(detail.get(name, "")) for name in ("described", "action", "reason")),
        _("%(dose)s given") % {"dose": detail["dose"]} if _is_part_dose(detail) else "",
    ]
    return ". ".join(part.rstrip(".") for part in parts if part)


def _is_part_dose(detail: Mapping[str, Any]) -> bool:
    return bool(detail.get("dose")) and "premedication" not in detail


def _premedication(detail: Mapping[str, Any], version: ProgramVersion) -> str:
    if "premedication" not in detail:
        return ""
    known = version.premedications.get(detail["premedication"])
    name = known.name if known else ""
    return ", ".join(part for part in (name, str(detail.get("dose", ""))) if part)


def _unit(version: ProgramVersion, code: str) -> str:
    sign = version.vital_signs.get(code)
    test = version.tests.get(sign.test) if sign else None
    return f" {UNITS.get(test.unit, test.unit)}" if test is not None and test.unit else ""


def _until(until: str | None, zone: str) -> str:
    if not until:
        return ""
    return _("Until %(clock)s") % {"clock": dates.clock(datetime.fromisoformat(until), zone)}


# Units as nurses read them.
UNITS = {"mm[Hg]": "mmHg", "/min": "/min", "Cel": "°C", "%": "%"}
