"""An invented program that asks for everything a gate can ask for."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

from etasu.programs.library import ProgramLibrary
from etasu.programs.loader import LoadedProgram
from etasu.safe_use import requirements as kinds
from etasu.safe_use.program import Gate, GateUnit, ProgramVersion
from etasu.safe_use.requirement_base import AppliesTo, OverrideByForm
from tests.safe_use.building import PLANS, days, gate, months, program, requirement, version

PROGRAM = "invented"


def library_of_everything() -> ProgramLibrary:
    """A library with the program in two versions; the newer asks one thing more."""
    older, newer = _version(date(2020, 1, 1), ()), _version(date(2025, 1, 1), (_OLD_ENOUGH,))
    loaded = LoadedProgram(program(), (older, newer), Path("/nowhere"))
    return ProgramLibrary({PROGRAM: loaded})


def _version(effective_on: date, more: tuple[kinds.Requirement, ...]) -> ProgramVersion:
    gates = (
        _gate("prescribe", ("prescriber",), _PRESCRIBE),
        _gate("authorize", ("prescriber",), (*_AUTHORIZE, *more), GateUnit.COURSE, ("facility",)),
        _gate("infuse", ("infusion_nurse",), _INFUSE, GateUnit.INFUSION_DAY, ("facility",)),
        _gate("ship", ("pharmacist",), _SHIP, GateUnit.FILL, ("facility", "pharmacy")),
        _gate("supply", ("pharmacist",), _SUPPLY, GateUnit.PERIOD, ("pharmacy",), days(30)),
        _gate("empty", ("prescriber",), ()),
    )
    return version(*gates, effective_on=effective_on)


def _gate(
    code: str,
    asked_by: tuple[str, ...],
    asked: tuple[kinds.Requirement, ...],
    authorizes: GateUnit | None = None,
    names: tuple[str, ...] = (),
    validity: Any = None,
) -> Gate:
    made = gate(*asked, asked_by=asked_by, authorizes=authorizes, names=names, validity=validity)
    return replace(made, code=code)


def _certified(party: str) -> kinds.Requirement:
    made: kinds.Requirement = requirement(kinds.Certified, f"{party}-certified", party=party)
    return made


_OLD_ENOUGH = requirement(kinds.AgeAtLeast, "old-enough", years=18)
_ENROLLED = requirement(kinds.Enrolled, "enrolled")
_NO_HOLD = requirement(kinds.NoOpenHold, "no-hold")
_CONSENT = requirement(
    kinds.FormSigned, "consent", form="consent", question="agrees", answer="yes", for_course=True
)
_COUNT = requirement(kinds.ResultWithin, "count", test="count", days_before=30)
_NOT_PREGNANT = requirement(
    kinds.ResultWithin,
    "not-pregnant",
    test="pregnancy",
    days_before=7,
    result="negative",
    applies_to=AppliesTo(attribute="sex", value="female"),
    override=OverrideByForm("waiver", "waived", "yes", 30),
)
_HIGH_ENOUGH = requirement(
    kinds.ValueWithin,
    "high-enough",
    test="platelets",
    days_before=30,
    at_least=Decimal(100),
    unit="10*3/uL",
)
_PRESCRIBE = (_certified("prescriber"), _ENROLLED)
_AUTHORIZE = (
    *(_certified("prescriber"), _certified("facility"), _ENROLLED, _NO_HOLD, _CONSENT, _COUNT),
    requirement(kinds.MonthsSince, "interval", at_least=months(6)),
    requirement(kinds.CourseClosed, "closed", form="checklist", within=days(30)),
    requirement(
        kinds.FormKeptUp,
        "status",
        form="status",
        every=months(6),
        grace_days=14,
        until_after_last=months(48),
    ),
    requirement(kinds.NotAlreadyAuthorized, "free", gate="authorize", for_course=True),
)
_INFUSE = (
    *(_certified("facility"), _ENROLLED, _NO_HOLD, _COUNT, _NOT_PREGNANT, _HIGH_ENOUGH),
    requirement(
        kinds.AuthorizedBy, "course", gate="authorize", for_course=True, names=("facility",)
    ),
    requirement(kinds.DaysLeft, "day-left", gate="infuse", plans=PLANS),
    requirement(kinds.NotAlreadyAuthorized, "day-free", gate="infuse", for_course=True),
    requirement(kinds.Consecutive, "in-a-row"),
)
_SHIP = (
    *(_certified("pharmacy"), _certified("facility"), _ENROLLED),
    requirement(kinds.SettingIs, "setting", party="facility", settings=("hospital",)),
    requirement(kinds.NotAlreadyAuthorized, "fill-free", gate="ship"),
)
_SUPPLY = (
    *(_certified("pharmacy"), _ENROLLED),
    requirement(kinds.SupplyAtMost, "supply", days=30),
    requirement(kinds.Acknowledged, "guide", statement="guide-given"),
)
