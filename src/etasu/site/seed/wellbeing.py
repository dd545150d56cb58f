"""How Iris is by her own account, so that her doctor has something to look after."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

from etasu.registry.accounts import access
from etasu.registry.audit.actors import Actor
from etasu.registry.patient_support.medicines import list_medicine
from etasu.registry.patient_support.self_check_facts import plan_of
from etasu.registry.patient_support.self_checks import begin_self_check, finish_self_check
from etasu.registry.patients.models import Patient
from etasu.registry.reactions import region_answered
from etasu.safe_use.medicines import MedicineKind, Taken
from etasu.safe_use.self_check import Noticed
from etasu.site.seed.desk import Desk

DAY = timedelta(days=1)
UNSURE = "limbs"


def let_patients_look_at_themselves(desk: Desk, patients: Mapping[str, str]) -> None:
    """One check a month ago without anything, one now with a doubt, and a list of medicines."""
    version = desk.version_on(desk.today)
    if "iris" not in patients or version.self_check is None:
        return
    iris = Patient.objects.get(number=patients["iris"])
    by = Actor("cast iris", access.PATIENT)
    for days in (31, 0):
        at = desk.at - days * DAY
        check = begin_self_check(iris, by=by, at=at)
        for region in plan_of(check).regions:
            said = Noticed(frozenset(), is_unsure=not days and region.code == UNSURE)
            region_answered(check, region.code, said, by=by, at=at)
        finish_self_check(check, by=by, at=at)
    for name, kind, how in (
        ("Acyclovir 200 mg", MedicineKind.PRESCRIPTION, "one in the morning, one in the evening"),
        ("Prednisone 5 mg", MedicineKind.PRESCRIPTION, "one each morning"),
        ("Vitamin D", MedicineKind.VITAMIN, ""),
    ):
        taken = Taken(name, kind, desk.today - 20 * DAY)
        list_medicine(iris, taken, how, by=by, at=desk.at)
