"""The gate itself: what opens it, what keeps it shut, and what an authorization is good for."""

import dataclasses
from dataclasses import dataclass
from datetime import date

import pytest

from etasu.safe_use.authorization import Needs, decide, needs
from etasu.safe_use.findings import (
    Authorized,
    CannotDecide,
    Check,
    Fault,
    Finding,
    NotAuthorized,
    Outcome,
    Severity,
    Slot,
)
from etasu.safe_use.program import GateUnit, ProgramStatus, Suspension
from etasu.safe_use.requirements import (
    Acknowledged,
    AgeAtLeast,
    AppliesTo,
    Certified,
    CourseClosed,
    DaysLeft,
    Enrolled,
    FormKeptUp,
    FormSigned,
    MonthsSince,
    OverrideByForm,
    Requirement,
    ResultWithin,
    ValueWithin,
)
from tests.safe_use.building import (
    ON,
    PLANS,
    days,
    facts,
    gate,
    months,
    program,
    requirement,
    version,
)

ASK = "Call the program's support line and read out the reference number."


@dataclass(frozen=True, slots=True, kw_only=True)
class Fixed(Requirement):
    """A requirement that stands as it is told."""

    kind = "fixed"
    outcome: Outcome = Outcome.MET
    until: date | None = None
    since: date | None = None

    def check(self, facts):
        return Check(self.outcome, "As told.", self.until, self.since)


@dataclass(frozen=True, slots=True, kw_only=True)
class Broken(Requirement):
    """A requirement that breaks."""

    kind = "broken"

    def check(self, facts):
        raise ZeroDivisionError


def fixed(outcome=Outcome.MET, code="asked", **fields):
    return requirement(Fixed, code, outcome=outcome, **fields)


def ask(*requirements, known=None, of=None, **fields):
    """What a gate of those requirements answers."""
    asked = gate(*requirements, **fields)
    return decide(version(asked, **(of or {})), "gate", known or facts())


def one_fault(decision):
    assert isinstance(decision, CannotDecide)
    (fault,) = decision.faults
    return fault


def test_a_gate_whose_requirement_is_met_opens_for_the_day():
    finding = Finding(fixed(), Outcome.MET, "As told.", None)
    assert ask(fixed()) == Authorized((finding,), ON, ON, None, False)


@pytest.mark.parametrize("outcome", [Outcome.NOT_MET, Outcome.UNKNOWN])
def test_a_requirement_not_met_or_unknown_keeps_the_gate_shut(outcome):
    met, other = fixed(code="met"), fixed(outcome, "other")
    expected = NotAuthorized(
        (
            Finding(met, Outcome.MET, "As told.", None),
            Finding(other, outcome, "As told.", None),
        )
    )
    assert ask(met, other) == expected


def test_every_reason_is_given_not_only_the_first():
    requirements = [fixed(Outcome.NOT_MET, f"r{n}") for n in range(4)]
    decision = ask(*requirements)
    assert [finding.requirement for finding in decision.findings] == requirements
    assert all(finding.blocks for finding in decision.findings)


@pytest.mark.parametrize("outcome", [Outcome.NOT_MET, Outcome.UNKNOWN])
def test_a_warning_never_blocks(outcome):
    warning = fixed(outcome, "warning", severity=Severity.WARN)
    decision = ask(fixed(), warning)
    assert isinstance(decision, Authorized)
    assert decision.findings[1] == Finding(warning, outcome, "As told.", None)
    assert not decision.findings[1].blocks


def test_a_warning_alone_opens_nothing():
    fault = one_fault(ask(fixed(severity=Severity.WARN)))
    said = "No requirement of this gate applies, so nothing supports a yes."
    assert fault == Fault("nothing-supports", said, ASK)


def test_a_gate_without_requirements_grants_nothing():
    said = "The gate has no requirement, so it grants nothing."
    assert one_fault(ask()) == Fault("gate-empty", said, ASK)


def test_a_gate_nobody_defined_grants_nothing():
    fault = one_fault(decide(version(gate(fixed())), "other", facts()))
    assert fault == Fault("gate-unknown", "The program has no such gate.", ASK)


def test_a_gate_of_which_nothing_applies_grants_nothing():
    later = fixed(applies_to=AppliesTo(course="later"))
    assert one_fault(ask(later, known=facts(course=1))).code == "nothing-supports"


def test_a_requirement_about_others_is_not_asked():
    later = fixed(Outcome.NOT_MET, "later", applies_to=AppliesTo(course="later"))
    decision = ask(fixed(), later, known=facts(course=1))
    assert isinstance(decision, Authorized)
    expected = Finding(later, Outcome.NOT_APPLICABLE, "Not asked of this patient.", None)
    assert decision.findings[1] == expected


def test_a_requirement_that_may_be_about_others_is_asked():
    later = fixed(Outcome.NOT_MET, "later", applies_to=AppliesTo(course="later"))
    assert isinstance(ask(fixed(), later, known=facts()), NotAuthorized)


def test_a_requirement_that_breaks_opens_nothing():
    fault = one_fault(ask(fixed(), requirement(Broken)))
    said = "A requirement could not be examined (ZeroDivisionError)."
    assert fault == Fault("requirement-broken", said, ASK)


def test_a_version_not_yet_in_force_opens_nothing():
    of = {"effective_on": date(2025, 5, 2)}
    fault = one_fault(ask(fixed(), of=of))
    assert fault == Fault("version-not-in-force", "The program version begins later.", ASK)
    assert isinstance(ask(fixed(), of={"effective_on": ON}), Authorized)


@pytest.mark.parametrize(
    ("ended", "opens"), [(None, False), (date(2025, 5, 1), False), (date(2025, 5, 2), True)]
)
def test_a_retired_program_opens_nothing_from_its_end(ended, opens):
    of = {"program": program(status=ProgramStatus.RETIRED, retired_on=ended)}
    decision = ask(fixed(), of=of)
    if opens:
        assert isinstance(decision, Authorized)
    else:
        how = "No authorization exists or is needed now."
        assert one_fault(decision) == Fault("program-retired", "The program has ended.", how)


def test_a_retired_program_says_why():
    of = {"program": program(status=ProgramStatus.RETIRED, retired_because="FDA released it.")}
    said = "The program has ended. FDA released it."
    assert one_fault(ask(fixed(), of=of)).observed == said


@pytest.mark.parametrize("status", [ProgramStatus.ACTIVE, ProgramStatus.WINDING_DOWN])
def test_a_program_that_is_not_retired_goes_on(status):
    of = {"program": program(status=status, retired_on=date(2025, 1, 1))}
    assert isinstance(ask(fixed(), of=of), Authorized)


@pytest.mark.parametrize(
    ("party", "contradicts"),
    [
        ({"certified_from": "2025-01-01", "certified_until": "2024-12-31"}, True),
        ({"certified_from": "2025-01-01", "certified_until": "2025-01-01"}, False),
        ({"certified_until": "2025-01-01"}, True),
        ({"certified_from": "2025-01-01"}, False),
        ({"suspended_from": "2025-01-01", "suspended_until": "2024-12-31"}, True),
        ({"suspended_from": "2025-01-01", "suspended_until": "2025-01-01"}, False),
        ({"suspended_until": "2025-01-01"}, True),
        ({"suspended_from": "2025-01-01"}, False),
    ],
)
def test_dates_that_contradict_each_other_open_nothing(party, contradicts):
    known = facts(parties={"facility": {"id": "F1"} | party})
    decision = ask(fixed(), known=known)
    if contradicts:
        said = "The certification dates of the facility contradict each other."
        assert one_fault(decision) == Fault("facts-contradict", said, ASK)
    else:
        assert isinstance(decision, Authorized)


def test_every_fault_is_named():
    of = {
        "effective_on": date(2026, 1, 1),
        "program": program(status=ProgramStatus.RETIRED),
    }
    known = facts(parties={kind: {"id": "X", "certified_until": "2025-01-01"} for kind in "ab"})
    decision = ask(known=known, of=of)
    assert [fault.code for fault in decision.faults] == [
        "gate-empty",
        "version-not-in-force",
        "program-retired",
        "facts-contradict",
        "facts-contradict",
    ]
    assert "version-not-in-force" in [
        fault.code for fault in decide(version(**of), "gate", known).faults
    ]


def suspension(starts_on, ends_on, *lifts):
    return Suspension(
        code="discretion",
        source="invented",
        starts_on=starts_on,
        ends_on=ends_on,
        authority="FDA",
        reason="A shortage.",
        lifts=lifts,
    )


@pytest.mark.parametrize(
    ("starts_on", "ends_on", "lifted"),
    [
        (date(2025, 5, 1), date(2025, 5, 1), True),
        (date(2025, 4, 1), None, True),
        (date(2025, 5, 2), None, False),
        (date(2025, 4, 1), date(2025, 4, 30), False),
    ],
)
def test_a_suspension_lifts_a_requirement_while_it_lasts(starts_on, ends_on, lifted):
    asked = fixed(Outcome.NOT_MET)
    decision = ask(asked, suspensions=(suspension(starts_on, ends_on, "asked"),))
    if lifted:
        finding = Finding(asked, Outcome.LIFTED, "As told.", ends_on)
        assert decision == Authorized((finding,), ON, ON, None, True)
    else:
        assert isinstance(decision, NotAuthorized)


def test_a_suspension_lifts_only_what_it_names():
    other = fixed(Outcome.NOT_MET, "other")
    open_ended = suspension(date(2025, 1, 1), None, "asked")
    decision = ask(fixed(), other, suspensions=(open_ended,))
    assert isinstance(decision, NotAuthorized)
    assert [finding.outcome for finding in decision.findings] == [Outcome.LIFTED, Outcome.NOT_MET]


def test_a_suspension_lifts_what_nobody_knows():
    open_ended = suspension(date(2025, 1, 1), None, "asked")
    decision = ask(fixed(Outcome.UNKNOWN), suspensions=(open_ended,))
    assert isinstance(decision, Authorized)
    assert decision.under_suspension


def test_a_requirement_that_breaks_cannot_be_lifted():
    open_ended = suspension(date(2025, 1, 1), None, "asked")
    assert one_fault(ask(requirement(Broken), suspensions=(open_ended,))).code == (
        "requirement-broken"
    )


@pytest.mark.parametrize(
    ("ends", "until"),
    [
        ([date(2025, 5, 9), date(2025, 5, 7)], date(2025, 5, 9)),
        ([date(2025, 5, 7), date(2025, 5, 9)], date(2025, 5, 9)),
        ([date(2025, 5, 7), None], None),
        ([None, date(2025, 5, 7)], None),
    ],
)
def test_the_longest_suspension_in_force_counts(ends, until):
    in_force = [suspension(date(2025, 5, 1), day, "asked") for day in ends]
    over = suspension(date(2025, 4, 1), date(2025, 4, 30), "asked")
    decision = ask(fixed(), suspensions=(*in_force, over))
    assert decision.findings[0].until == until


WAIVER = OverrideByForm("waiver", "decision", "go-on", 7)


def waiver(day="2025-04-28", answer="go-on"):
    return facts(forms=[{"form": "waiver", "signed_on": day, "answers": {"decision": answer}}])


def test_a_signed_form_overrides_what_is_not_met():
    asked = fixed(Outcome.NOT_MET, override=WAIVER)
    finding = Finding(asked, Outcome.OVERRIDDEN, "As told.", date(2025, 5, 5))
    assert ask(asked, known=waiver()) == Authorized((finding,), ON, ON, None, False)


@pytest.mark.parametrize(
    ("outcome", "known"),
    [
        (Outcome.NOT_MET, facts()),
        (Outcome.NOT_MET, waiver("2025-04-23")),
        (Outcome.NOT_MET, waiver(answer="stop")),
        (Outcome.UNKNOWN, waiver()),
    ],
)
def test_nothing_else_overrides(outcome, known):
    decision = ask(fixed(outcome, override=WAIVER), known=known)
    assert isinstance(decision, NotAuthorized)
    assert decision.findings[0].outcome is outcome


def test_what_is_met_needs_no_override():
    decision = ask(fixed(override=WAIVER), known=waiver())
    assert decision.findings[0].outcome is Outcome.MET


def course(*requirements, known, **fields):
    return ask(*requirements, known=known, authorizes=GateUnit.COURSE, **fields)


def span(decision):
    assert isinstance(decision, Authorized)
    return decision.valid_from, decision.valid_until


def test_a_course_authorization_is_good_until_its_first_requirement_runs_out():
    known = facts(course=1, asked_on="2025-04-20")
    requirements = [
        fixed(code="a", until=date(2025, 5, 20)),
        fixed(code="b", until=date(2025, 5, 10)),
        fixed(code="c"),
    ]
    assert span(course(*requirements, known=known)) == (date(2025, 4, 20), date(2025, 5, 10))


def test_a_warning_does_not_shorten_an_authorization():
    warning = fixed(code="w", until=date(2025, 5, 2), severity=Severity.WARN)
    known = facts(course=1)
    asked = fixed(until=date(2025, 5, 10))
    assert span(course(asked, warning, known=known)) == (ON, date(2025, 5, 10))


def test_an_authorization_does_not_outlast_the_override_or_the_suspension_behind_it():
    overridden = fixed(Outcome.NOT_MET, override=WAIVER)
    forms = [{"form": "waiver", "signed_on": "2025-04-28", "answers": {"decision": "go-on"}}]
    assert span(course(overridden, known=facts(course=1, forms=forms)))[1] == date(2025, 5, 5)
    short = suspension(date(2025, 4, 1), date(2025, 5, 3), "asked")
    lifted = fixed(Outcome.NOT_MET, until=date(2025, 6, 1))
    decision = course(lifted, known=facts(course=1), suspensions=(short,))
    assert span(decision) == (ON, date(2025, 5, 3))


@pytest.mark.parametrize(
    ("asked_on", "valid"),
    [
        ("2025-04-20", (date(2025, 4, 20), date(2025, 5, 4))),
        (None, (ON, date(2025, 5, 15))),
        ("2025-05-01", (ON, date(2025, 5, 15))),
        ("2025-05-02", (ON, date(2025, 5, 15))),
    ],
)
def test_a_gate_may_limit_how_long_an_authorization_is_good(asked_on, valid):
    known = facts(course=1, asked_on=asked_on)
    asked = fixed(until=date(2025, 6, 1))
    assert span(course(asked, known=known, validity=days(14))) == valid


def test_nothing_to_go_by_means_good_through_the_day_asked_about():
    known = facts(course=1, asked_on="2025-04-20")
    assert span(course(fixed(), known=known)) == (date(2025, 4, 20), ON)


def test_an_authorization_is_not_good_before_what_it_rests_on():
    known = facts(course=1, asked_on="2025-04-01")
    asked = fixed(since=date(2025, 4, 20))
    earlier = fixed(code="b", since=date(2025, 3, 1))
    decision = course(asked, earlier, known=known, validity=days(14))
    assert span(decision) == (date(2025, 4, 20), date(2025, 5, 4))
    warned = dataclasses.replace(asked, severity=Severity.WARN)
    assert span(course(warned, earlier, known=known))[0] == date(2025, 4, 1)


def test_an_authorization_asked_for_too_early_would_end_too_early():
    known = facts(course=1, asked_on="2025-04-01")
    fault = one_fault(course(fixed(), known=known, validity=days(29)))
    said = "An authorization asked for now would end on April 30, 2025."
    assert fault == Fault("validity-too-short", said, "Ask again nearer to the day.")
    assert span(course(fixed(), known=known, validity=days(30)))[1] == ON


def test_a_real_interval_and_a_real_birthday_bound_the_first_day():
    known = facts(
        asked_on="2025-04-01",
        course=2,
        patient={"id": "A1", "birth_date": "2008-04-10"},
        infusions=[{"course": 1, "given_on": "2024-04-20"}],
    )
    interval = requirement(MonthsSince, "interval", at_least=months(12))
    age = requirement(AgeAtLeast, "age", years=17)
    assert span(course(interval, age, known=known))[0] == date(2025, 4, 20)
    assert span(course(age, known=known))[0] == date(2025, 4, 10)


@pytest.mark.parametrize("unit", [None, GateUnit.INFUSION_DAY])
def test_a_gate_for_the_day_is_good_for_the_day(unit):
    known = facts(course=1, asked_on="2025-04-20")
    asked = fixed(until=date(2025, 6, 1))
    decision = ask(asked, known=known, authorizes=unit, validity=days(14))
    assert span(decision) == (ON, ON)


@pytest.mark.parametrize(
    ("unit", "known", "slot"),
    [
        (None, facts(course=1), None),
        (GateUnit.FILL, facts(), Slot("fill", None, None, None)),
        (GateUnit.PERIOD, facts(course=1), Slot("period", None, None, None)),
        (GateUnit.COURSE, facts(course=1), Slot("course", 1, None, 5)),
        (GateUnit.COURSE, facts(course=2), Slot("course", 2, None, 3)),
        (GateUnit.INFUSION_DAY, facts(course=1), Slot("infusion_day", 1, 1, 5)),
    ],
)
def test_an_authorization_fills_one_slot(unit, known, slot):
    decision = ask(fixed(), known=known, authorizes=unit)
    assert isinstance(decision, Authorized)
    assert decision.slot == slot


@pytest.mark.parametrize("unit", [GateUnit.COURSE, GateUnit.INFUSION_DAY])
@pytest.mark.parametrize("number", [None, 0, -1])
def test_a_course_that_is_not_known_has_no_slot(unit, number):
    fault = one_fault(ask(fixed(), known=facts(course=number), authorizes=unit))
    said = "The course or day this would authorize is not known."
    assert fault == Fault("slot-unknown", said, "Say which course this is for.")


def test_infusion_days_are_numbered_after_the_days_recorded_or_authorized():
    def slot(infusions, authorized):
        known = facts(
            course=2,
            infusions=[{"course": course, "given_on": day} for course, day in infusions],
            authorizations=[
                {
                    "gate": gate_code,
                    "number": f"N{n}",
                    "course": 2,
                    "day": 1,
                    "state": "expired",
                    "valid_from": day,
                    "valid_until": day,
                }
                for n, (gate_code, day) in enumerate(authorized)
            ],
        )
        decision = ask(fixed(), known=known, authorizes=GateUnit.INFUSION_DAY)
        return decision.slot.day if isinstance(decision, Authorized) else None

    assert slot([], []) == 1
    assert slot([(2, "2025-04-30")], []) == 2
    assert slot([(1, "2024-04-30")], []) == 1
    assert slot([(2, "2025-04-30")], [("gate", "2025-04-30")]) == 2
    assert slot([(2, "2025-04-30")], [("gate", "2025-04-29")]) == 3
    assert slot([(2, "2025-04-30")], [("other", "2025-04-29")]) == 2
    three = [(2, "2025-04-28"), (2, "2025-04-29"), (2, "2025-04-30")]
    assert slot(three, []) is None


def test_empty_facts_never_open_a_gate_of_real_requirements():
    asked = [
        requirement(Certified, "certified", party="prescriber"),
        requirement(Enrolled, "enrolled"),
        requirement(DaysLeft, "left", gate="gate", plans=PLANS),
    ]
    decision = ask(*asked)
    assert {finding.outcome for finding in decision.findings} == {Outcome.UNKNOWN}


def test_a_gate_says_what_it_must_be_told():
    every, last = months(6), months(48)
    asked = gate(
        requirement(Certified, "a", party="prescriber"),
        requirement(FormSigned, "b", form="consent", also=("letter",)),
        requirement(ResultWithin, "c", test="cbc", days_before=30),
        requirement(
            FormKeptUp, "d", form="status", every=every, grace_days=3, until_after_last=last
        ),
        requirement(ValueWithin, "e", test="tsh", days_before=365, unit="g", override=WAIVER),
        requirement(ResultWithin, "f", test="cbc", days_before=14),
        requirement(CourseClosed, "g", form="consent", within=days(5)),
        requirement(Acknowledged, "h", statement="read"),
    )
    assert needs(asked) == Needs(("consent", "letter", "status", "waiver"), ("cbc", "tsh"), 395)
    assert needs(gate(fixed())) == Needs((), (), 0)
    same_day = requirement(ResultWithin, test="cbc", days_before=0)
    assert needs(gate(same_day, fixed())) == Needs((), ("cbc",), 30)


def test_a_slot_has_a_name_of_its_parts():
    assert Slot("fill", None, None, None).key == "fill"
    assert Slot("course", 2, None, 3).key == "course-2"
    assert Slot("infusion_day", 2, 1, 3).key == "infusion_day-2-1"


@pytest.mark.parametrize(
    ("outcome", "blocks"),
    [
        (Outcome.MET, False),
        (Outcome.NOT_APPLICABLE, False),
        (Outcome.LIFTED, False),
        (Outcome.OVERRIDDEN, False),
        (Outcome.NOT_MET, True),
        (Outcome.UNKNOWN, True),
    ],
)
def test_only_what_is_not_met_or_unknown_blocks(outcome, blocks):
    assert Finding(fixed(), outcome, "", None).blocks is blocks
    assert not Finding(fixed(severity=Severity.WARN), outcome, "", None).blocks


def test_a_version_is_called_by_its_first_day():
    assert version(effective_on=date(2024, 3, 4)).label == "2024-03-04"
