"""What patients are asked and what is watched for is data, and a mistake in it is named."""

from __future__ import annotations

import shutil
from datetime import date
from pathlib import Path

import pytest

from etasu.programs.check import check_folder, entries
from etasu.programs.library import own_folder
from etasu.registry.patient_support.nurse_facts import words_that_tell
from etasu.safe_use.medicines import Concern, MedicineKind, Taken, flags_of
from etasu.safe_use.monitoring_plan import Urgency
from etasu.safe_use.program import ProgramVersion
from tests.cases.programs import loaded_programs

VERSION = "2024-03-04"
CHECK, MEDICINES = "self_check.yaml", "medicines.yaml"
MISTAKES = [
    (CHECK, "every: 1 month", "every: 0 months", "every: expected a span of some length"),
    (CHECK, "code: gums-or-nose-bleed", "code: skin", "skin: code: expected each code once"),
    (CHECK, "urgency: routine", "urgency: information", "mole-changes: urgency: expected an urge"),
    (CHECK, "[{language: en, text: Your skin}, ", "[", "skin: says: expected the words in English"),
    (MEDICINES, "live_vaccine_before: 42 days", "live_vaccine_before: 42", "expected a span"),
    (MEDICINES, "concern: live_vaccine", "concern: dead", "concern: expected one of: weakens"),
    (MEDICINES, "value: female", "value: woman", "pregnancy: applies_to: expected an attribute"),
]


def test_every_sign_of_the_dossier_has_its_region_and_its_haste() -> None:
    lemtrada = next(each for each in loaded_programs() if each.program.code == "lemtrada")
    version = newest()
    plan = version.self_check
    assert plan is not None and lemtrada.versions[0].self_check is None
    assert [each.code for each in plan.regions][0] == "face" and len(plan.regions) == 8
    for code, urgency in {
        "face-droops": Urgency.EMERGENCY, "coughing-blood": Urgency.EMERGENCY,
        "bruises": Urgency.URGENT, "red-urine": Urgency.URGENT, "mole-changes": Urgency.ROUTINE,
    }.items():  # fmt: skip
        found = plan.symptom(code)
        assert found is not None and found.urgency is urgency
    sections = [section for section, _entry in entries(version)]
    assert sections.count("self_check") > 45 and "pregnancy" in sections


def newest() -> ProgramVersion:
    lemtrada = next(each for each in loaded_programs() if each.program.code == "lemtrada")
    return lemtrada.versions[-1]


PLAIN = (
    *("My chest hurts and I can't breathe", "One side of my face droops", "pain when I pee"),
    *("I cannot see on the left side", "I can’t see", "I have trouble breathing"),
    *("My throat is closing", "I can't move my left arm", "my pee is red", "I threw up"),
    *("I want to kill myself", "I keep throwing up", "Me duele el pecho y me falta el aire"),
    *(
        "Tengo la cara caída",
        "orina oscura",
        "vómitos",
        "me mareé",
        "no veo bien",
        "quiero matarme",
    ),
)


def test_whoever_writes_of_an_emergency_is_heard() -> None:
    """Of every emergency patients are asked about, in the words it is asked in, and plainer."""
    version = newest()
    assert version.self_check is not None
    symptoms = [each for region in version.self_check.regions for each in region.symptoms]
    said = [
        symptom.said(language).text
        for symptom in symptoms
        if symptom.urgency is Urgency.EMERGENCY
        for language in ("en", "es")
    ]
    assert len(said) > 18
    assert [each for each in (*said, *PLAIN) if not words_that_tell(each, version)] == []
    assert words_that_tell("When is my next appointment? ¿Cuándo es mi cita?", version) == ()


@pytest.mark.parametrize(
    ("concern", "names"),
    [
        (
            Concern.LIVE_VACCINE,
            "M-M-R II, M-M-R®II, MMR, Priorix, ProQuad, Varivax, YF-VAX, FluMist Quadrivalent, "
            "ACAM2000, Vaxchora, ERVEBO, Vivotif, Zostavax, RotaTeq",
        ),
        (
            Concern.WEAKENS_DEFENSES,
            "prednisoLONE 5 mg, Medrol Dosepak, Solu-Medrol, hydrocortisone, leflunomide, Aubagio, "
            "teriflunomide, Rinvoq, Actemra ACTPen, Simponi Aria, Stelara, Ocrevus Zunovo",
        ),
    ],
)
def test_what_stands_on_a_box_is_marked(concern: Concern, names: str) -> None:
    plan, on = newest().medicines, date(2026, 11, 20)
    assert plan is not None
    for name in names.split(", "):
        found = flags_of(plan, Taken(name, MedicineKind.PRESCRIPTION), [on], on)
        assert [each.watched.concern for each in found] == [concern], name
    # A vaccine that is not alive is none of them.
    for name in ("Shingrix", "Fluzone", "Jynneos", "Tdap"):
        assert flags_of(plan, Taken(name, MedicineKind.VACCINE), [on], on) == (), name


@pytest.mark.parametrize(("file", "old", "new", "expected"), MISTAKES)
def test_a_mistake_is_named(tmp_path: Path, file: str, old: str, new: str, expected: str) -> None:
    folder = tmp_path / "lemtrada"
    shutil.copytree(own_folder() / "lemtrada", folder)
    path = folder / VERSION / file
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new, 1))
    (problem, *_) = check_folder(folder).problems
    assert str(problem).startswith(f"{VERSION}/{file}: ") and expected in str(problem)
