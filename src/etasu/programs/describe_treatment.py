"""What an infusion day of a program is made of, in words."""

from __future__ import annotations

from collections.abc import Iterator

from etasu.programs.describe_words import source, unit_text
from etasu.safe_use.program import ProgramVersion
from etasu.safe_use.treatment_plan import DayRules, Premedication, VitalSign


def treatment_lines(version: ProgramVersion) -> Iterator[list[str]]:
    """The rules of every day, what is given before, and the vital signs taken."""
    if version.infusion_day is not None:
        yield [_rules(version.infusion_day)]
    yield from ([_premedication(each)] for each in version.premedications.values())
    yield from ([_sign(each, version)] for each in version.vital_signs.values())


def _rules(rules: DayRules) -> str:
    vials = f"{rules.vials} vial{'' if rules.vials == 1 else 's'}"
    dose = f"{rules.dose} {rules.dose_unit} from {vials}, over about {_hours(rules.infusion_hours)}"
    during = " and while it runs" if rules.vitals_during else ""
    stay = f"the patient stays {_hours(rules.observation_hours)} after it"
    said = f"- Each day: {dose}; vital signs before{during}; {stay}."
    return f"{said} {source(rules)}"


def _premedication(each: Premedication) -> str:
    days = f"on day {', '.join(map(str, each.days))}" if each.days else "on every day"
    need = "needed" if each.needed else "to be considered"
    return f"- {each.name} (`{each.code}`) before the infusion {days}, {need}. {source(each)}"


def _sign(each: VitalSign, version: ProgramVersion) -> str:
    test = version.tests[each.test]
    said = f"asked about below {each.least} or above {each.most} {unit_text(test.unit)}"
    return f"- {test.name} (`{each.code}`): {said}. {source(each)}"


def _hours(count: int) -> str:
    return f"{count} hour{'' if count == 1 else 's'}"
