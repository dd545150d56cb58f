"""What the public site says about a program: read in full, refused in words, said in Spanish."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from etasu.programs.check import check_folder, unverified
from etasu.programs.library import load_library, own_folder
from etasu.programs.loader import LoadedProgram, load_program
from etasu.programs.public_site import PublicSite, read_public_site
from etasu.programs.yaml_files import BadProgram
from etasu.safe_use.entries import Entry
from etasu.safe_use.program import spoken_in
from tests.programs.folders import teaching_copy
from tests.programs.readability import school_grade, spanish_ease

FRONT = """
summary: {code: what, title: What it is, text: [One., Two.], source: invented}
why:
  - {code: because, title: Because, text: [It must be.], source: invented, verified: false}
"""
SPANISH = """
texts:
  - {code: what, title: Qué es, text: [Uno., Dos.]}
names:
  - {english: Review the overview, said: Revisar el resumen}
"""


def teaching_with(place: Path, **files: str) -> Path:
    """The teaching program with files in its public folder."""
    folder = teaching_copy(place)
    public = folder / "2024-01-01" / "public"
    public.mkdir(exist_ok=True)
    for name, text in files.items():
        (public / f"{name}.yaml").write_text(text, encoding="utf-8")
    return folder


def problems(folder: Path) -> list[str]:
    """Everything wrong with the folder, in words."""
    return [str(problem) for problem in check_folder(folder).problems]


def test_a_program_without_public_texts_has_an_empty_site(tmp_path: Path) -> None:
    assert read_public_site(teaching_copy(tmp_path)) == PublicSite()
    assert list(PublicSite().entries()) == []


def test_texts_are_said_in_the_language_that_has_them(tmp_path: Path) -> None:
    folder = teaching_with(tmp_path, front=FRONT, es=SPANISH)
    assert problems(folder) == []
    site = read_public_site(folder / "2024-01-01")
    assert site.summary is not None
    said, language = site.said(site.summary, "es")
    assert (said.title, said.text, language) == ("Qué es", ("Uno.", "Dos."), "es")
    assert said.source == site.summary.source
    assert site.said(site.summary, "en") == (site.summary, "en")
    assert site.said(site.why[0], "es") == (site.why[0], "en")
    assert site.name("Review the overview", "es") == ("Revisar el resumen", "es")
    assert site.name("Something else", "es") == ("Something else", "en")


def test_what_is_not_verified_is_listed(tmp_path: Path) -> None:
    loaded = load_program(teaching_with(tmp_path, front=FRONT))
    assert list(unverified(loaded)) == ["2024-01-01/public/because"]


@pytest.mark.parametrize(
    ("files", "said"),
    [
        ({"fronts": FRONT}, "public/fronts.yaml: expected a file called one of: es.yaml, front.y"),
        ({"front": "summery: {}"}, "public/front.yaml: summery: expected one of: summary, what_i"),
        ({"front": "- summary"}, "public/front.yaml: expected the keys summary, what_it_does, why"),
        ({"front": "summary: {"}, "public/front.yaml: line 1, column 11: expected valid YAML"),
        (
            {"front": FRONT.replace("text: [It must be.]", "text: It must be.")},
            "public/front.yaml: why: because: text: expected a list, not the text 'It must be.'",
        ),
        (
            {"front": FRONT.replace("code: because", "code: what")},
            "public: what: code: expected each code once in all files, but it is there twice",
        ),
        (
            {"roles": "roles: [{code: nurse, title: N, text: [T], at_hand: [A], source: s}]"},
            "public/roles.yaml: roles: nurse: code: expected one of: facility, patient, prescriber",
        ),
        (
            {"patients": "signs: [{code: s, title: S, text: [T], haste: soon, source: invented}]"},
            "signs: s: haste: expected one of: emergency, same_day; not the text 'soon'",
        ),
        (
            {"front": FRONT, "es": SPANISH.replace("[Uno., Dos.]", "[Uno.]")},
            "public/es.yaml: texts: what: text: expected 2 paragraphs as in English, not 1",
        ),
        (
            {"front": FRONT, "es": SPANISH.replace("code: what", "code: whom")},
            "public/es.yaml: texts: whom: code: expected the code of an entry in the other files",
        ),
        (
            {"front": FRONT, "es": SPANISH.replace("title: Qué es", "at_hand: [Nada]")},
            "es.yaml: texts: what: at_hand: expected nothing, for the entry has no such field",
        ),
        (
            {"front": FRONT, "es": SPANISH.replace("Review the", "Read the")},
            "names: Read the overview: english: expected words that stand in the program",
        ),
    ],
    ids=lambda each: each[-40:] if isinstance(each, str) else "",
)
def test_a_mistake_is_told_in_words(tmp_path: Path, files: dict[str, str], said: str) -> None:
    found = problems(teaching_with(tmp_path, **files))
    assert len(found) == 1
    assert said in found[0]


def test_a_file_that_cannot_be_read_stops_the_program(tmp_path: Path) -> None:
    folder = teaching_with(tmp_path, front="summary: 7")
    with pytest.raises(BadProgram, match=r"public/front\.yaml: summary"):
        load_program(folder)


def own_programs() -> list[LoadedProgram]:
    """Every program that comes with Etasu."""
    return list(load_library().programs.values())


def own_sites() -> Iterator[tuple[LoadedProgram, PublicSite]]:
    """The newest public site of each program that has one."""
    for loaded in own_programs():
        site = read_public_site(loaded.folder / loaded.versions[-1].label)
        if site != PublicSite():
            yield loaded, site


def for_patients(site: PublicSite) -> list[Entry]:
    """Everything a patient reads."""
    role = [each for each in site.roles if each.code == "patient"]
    alone = [each for each in (site.welcome, site.self_check) if each is not None]
    return [*alone, *site.steps, *site.signs, *site.questions, *site.overview, *role]


def words_of(entries: list[Entry]) -> list[str]:
    """Titles, paragraphs and lists of the entries."""
    found: list[str] = []
    for entry in entries:
        found.append(getattr(entry, "title", ""))
        found += [*getattr(entry, "text", ()), *getattr(entry, "at_hand", ())]
    return found


def test_a_program_comes_with_texts_for_both_audiences() -> None:
    (site,) = [site for loaded, site in own_sites() if not loaded.program.invented]
    assert site.boxed_warning is not None and site.summary is not None
    assert len(for_patients(site)) >= 20 and len(site.warnings) >= 10


def test_everything_but_the_label_is_said_in_spanish() -> None:
    for loaded, site in own_sites():
        label = {
            *(site.contraindications + site.warnings + site.specific_populations),
            *([site.boxed_warning] if site.boxed_warning else []),
            *([site.reactions, *site.reactions.reactions] if site.reactions else []),
        }
        missing = [
            entry.code
            for entry in site.entries()
            if entry not in label and site.said(entry, "es")[1] != "es"
        ]
        assert missing == [], loaded.program.code


def test_the_steps_and_the_parties_have_spanish_names() -> None:
    for loaded, site in own_sites():
        version = loaded.versions[-1]
        parties = version.parties.values()
        named = [*parties, *(step for party in parties for step in party.steps)]
        names = [each.name for each in named if spoken_in(each, "es") is None]
        names += [each.name for each in version.materials.values() if each.audience == "patient"]
        assert [name for name in names if site.name(name, "es")[1] != "es"] == []


def test_where_it_comes_from_is_said_in_spanish_too() -> None:
    named = [
        part
        for _, site in own_sites()
        for entry in site.entries()
        for part in site.sources(entry.source, "es")
    ]
    assert len(named) > 90 and [said for said, language in named if language != "es"] == []
    assert PublicSite().sources("a book; a page", "es") == [("a book", "en"), ("a page", "en")]


def test_patients_of_twelve_can_read_it() -> None:
    for _, site in own_sites():
        patients = for_patients(site)
        assert school_grade(words_of(patients)) < 6
        for entry in patients:
            assert school_grade(words_of([entry])) < 9, entry.code
        spanish = [site.said(entry, "es")[0] for entry in patients]
        assert spanish_ease(words_of(spanish)) > 70


def test_the_formulas_tell_hard_from_easy() -> None:
    hard = ["Immunosuppressive pharmacotherapy necessitates longitudinal hematological monitoring."]
    easy = ["You have a test each month. It takes an hour."]
    assert school_grade(hard) > 18 > 4 > school_grade(easy)
    difficult = ["La farmacoterapia inmunosupresora requiere vigilancia hematológica prolongada."]
    assert spanish_ease(difficult) < 30 < 80 < spanish_ease(["Le hacen una prueba cada mes."])


def test_the_reactions_are_those_the_table_is_about() -> None:
    for _, site in own_sites():
        rows = site.reactions.reactions if site.reactions else ()
        assert len(rows) >= 20
        assert [row.code for row in rows if row.percent < 10 or row.percent <= row.compared] == []
        assert [row.percent for row in rows] == sorted((r.percent for r in rows), reverse=True)


def test_the_folders_are_where_they_should_be() -> None:
    assert list(own_folder().glob("*/*/public/front.yaml"))
