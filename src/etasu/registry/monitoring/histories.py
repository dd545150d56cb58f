"""What obligations are derived from, of many patients in a few questions."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping
from datetime import date
from typing import NamedTuple

from etasu.registry.monitoring.models import Extension, Result, Waiver
from etasu.registry.patients.models import Patient
from etasu.registry.patients.records import owners_of
from etasu.registry.submissions.facts import forms_about_any
from etasu.registry.treatment.facts import infusions_of_patients
from etasu.safe_use.monitoring import Extension as Decided
from etasu.safe_use.monitoring import History
from etasu.safe_use.obligations import Obligation, Rule, obligations, rules_of
from etasu.safe_use.program import ProgramVersion

Days = Mapping[str, list[date]]


class Known(NamedTuple):
    """One person's days, over all their records: given, found by test, signed by form, decided."""

    infusions: tuple[date, ...]
    tests: Days
    forms: Days
    waived: Mapping[str, frozenset[date]]
    extensions: tuple[Decided, ...]

    def under(self, rule: Rule) -> History:
        """What the rule is applied to."""
        done = (self.forms if rule.is_form else self.tests).get(rule.subject, ())
        return History(
            infusions=self.infusions,
            done=tuple(sorted(set(done))),
            waived=self.waived.get(rule.code, frozenset()),
            extensions=self.extensions,
        )


class Watched(NamedTuple):
    """What is known of a patient, and every obligation that follows, rule by rule."""

    known: Known
    obligations: list[Obligation]


def watched(patient: Patient, version: ProgramVersion, on: date) -> Watched:
    """The patient as they stand on the day, derived from the record and not from what is kept."""
    rules = rules_of(version, patient.attributes)
    known = known_of([patient], rules)[patient.pk]
    if version.horizon is None or version.lateness is None:
        return Watched(known, [])
    found = [
        each
        for rule in rules
        for each in obligations(rule, version.horizon, version.lateness, known.under(rule), on)
    ]
    return Watched(known, found)


def known_of(patients: Collection[Patient], rules: Collection[Rule]) -> dict[int, Known]:
    """What is known of each patient that the rules ask about, by patient id."""
    owners = owners_of(patients)
    given = infusions_of_patients(patients)
    tests = _days_by_patient(owners, _results(owners, rules))
    forms = _days_by_patient(owners, _forms(owners, rules))
    waived: dict[int, dict[str, set[date]]] = defaultdict(lambda: defaultdict(set))
    for owner, code, day in Waiver.objects.filter(
        patient__in=owners, ended_at__isnull=True
    ).values_list("patient_id", "code", "due_on"):
        waived[owners[owner]][code].add(day)
    extended: dict[int, list[Decided]] = defaultdict(list)
    for owner, through, on in Extension.objects.filter(patient__in=owners).values_list(
        "patient_id", "through", "decided_on"
    ):
        extended[owners[owner]].append(Decided(through, on))
    return {
        patient.pk: Known(
            tuple(sorted({row.given_on for row in given.get(patient.pk, ())})),
            tests.get(patient.pk, {}),
            forms.get(patient.pk, {}),
            {code: frozenset(days) for code, days in waived[patient.pk].items()},
            tuple(sorted(extended[patient.pk])),
        )
        for patient in patients
    }


def _results(owners: Collection[int], rules: Collection[Rule]) -> list[tuple[int, str, date]]:
    tests = {rule.subject for rule in rules if not rule.is_form}
    found = Result.objects.filter(patient__in=owners, test__in=tests, replaced_at__isnull=True)
    return list(found.values_list("patient_id", "test", "collected_on"))


def _forms(owners: Collection[int], rules: Collection[Rule]) -> list[tuple[int, str, date]]:
    forms = {rule.subject for rule in rules if rule.is_form}
    found = forms_about_any("patient", list(owners)).filter(form__in=forms)
    return list(found.values_list("subject_id", "form", "signed_on"))


def _days_by_patient(
    owners: Mapping[int, int], rows: Collection[tuple[int, str, date]]
) -> dict[int, Days]:
    found: dict[int, dict[str, list[date]]] = {}
    for record, subject, day in rows:
        found.setdefault(owners[record], {}).setdefault(subject, []).append(day)
    return dict(found)
