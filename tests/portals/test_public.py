"""The public pages: what each says, in both languages, from each program's own data."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from django.test import Client
from pytest_django.fixtures import Settings

from etasu.portals.public.texts import TEXTS, site_text
from etasu.programs import library
from etasu.programs.loader import LoadedProgram
from etasu.registry.accounts.models import User
from tests.portals.conftest import Moment
from tests.portals.html_checks import html_problems
from tests.portals.world import Cast

PROGRAM = "lemtrada"
HERE = f"/programs/{PROGRAM}/"
OF_A_PROGRAM = (
    *("", "patients/", "watch-for/", "enroll/", "safety/", "sites/", "downloads/"),
    *("answers/", "answers/?for=patients&all", "reactions/", "trials/"),
)
pytestmark = pytest.mark.usefixtures("moment")


@pytest.fixture
def visitor(db: None) -> Client:
    """A stranger with a browser in English."""
    return Client(headers={"accept-language": "en"})


@pytest.fixture
def visitante(db: None) -> Client:
    """A stranger with a browser in Spanish."""
    return Client(headers={"accept-language": "es"})


def page(client: Client, address: str) -> str:
    """The page at an address, which must be there."""
    answer = client.get(address)
    assert answer.status_code == 200, address
    return answer.content.decode()


def words(text: str) -> str:
    """What a reader sees of a page."""
    bare = re.sub(r"<(script|style)\b.*?</\1>|<[^>]+>", " ", text, flags=re.S)
    return " ".join(bare.replace("&#x27;", "'").split())


def every_page() -> list[str]:
    """Each page of each program, and those of the site itself."""
    found = ["/", *(f"/about/{name}/" for name in TEXTS)]
    # One with a table, one with a warning, one that somebody says, and a list of none of them.
    alone = ("answers/dosing/", "answers/infusion-side-effects/", "answers/nurse-column/")
    found += [f"{HERE}{rest}" for rest in (*alone, "my-list/")]
    for code, loaded in sorted(library.load_library().programs.items()):
        found += [f"/programs/{code}/{rest}" for rest in OF_A_PROGRAM]
        roles = [*loaded.versions[-1].parties, "patient"]
        found += [f"/programs/{code}/enroll/{role}/" for role in roles]
    return found


def test_every_page_of_every_program_is_sound_html(visitor: Client, visitante: Client) -> None:
    addresses = every_page()
    assert len(addresses) >= 50
    translated = [each for each in addresses if PROGRAM in each or "about" in each]
    for client, asked in ((visitor, addresses), (visitante, translated)):
        wrong = {each: html_problems(page(client, each)) for each in asked}
        assert {each: found for each, found in wrong.items() if found} == {}


def test_the_check_of_html_finds_what_is_wrong() -> None:
    good = "<!DOCTYPE html><h1>A</h1><p>B</p>"
    assert html_problems(good) == []
    for bad in (
        good.replace("</p>", ""),
        good + "<p><div></div></p>",
        good + '<a id="x" href="/"></a><b id="x"></b>',
        good + '<label for="nobody">L</label>',
        good + "<h3>C</h3>",
        good + '<b style="color:red">D</b>',
        good + "<ul><p>E</p></ul>",
        good + "<a href='/'><button>F</button></a>",
    ):
        assert len(html_problems(bad)) >= 1, bad


def test_a_stranger_sees_every_program_and_somebody_signed_in_their_portal(
    visitor: Client, cast: Cast
) -> None:
    text = page(visitor, "/")
    for code, loaded in library.current().programs.items():
        assert f'href="/programs/{code}/"' in text and loaded.program.name in text
    visitor.force_login(User.objects.get(email="cora@example.org"))
    assert visitor.get("/").status_code == 302
    assert "Sign out" in page(visitor, HERE)


def test_a_site_with_one_program_opens_with_it(visitor: Client) -> None:
    whole = library.current()
    try:
        library.use(library.ProgramLibrary({PROGRAM: whole.programs[PROGRAM]}))
        assert visitor.get("/")["Location"] == HERE
    finally:
        library.use(whole)


def test_a_front_page_leads_to_the_four_big_tasks_and_to_a_person(visitor: Client) -> None:
    text = page(visitor, HERE)
    for task in ("enroll/", "sites/", "downloads/", "patients/", "safety/"):
        assert f'href="{HERE}{task}"' in text
    assert 'href="/sign-in/"' in text
    assert "1-855-676-6326" in text and "8:30 am to 8:00 pm" in text
    assert "noindex" not in text


def test_steps_are_those_of_the_program_in_their_order(visitor: Client) -> None:
    for code, loaded in library.current().programs.items():
        for party in loaded.versions[-1].parties.values():
            text = words(page(visitor, f"/programs/{code}/enroll/{party.code}/"))
            places = [text.index(step.name) for step in party.steps]
            assert places == sorted(places)
            said = "Renew every 2 years" if party.renew_every else "There is no renewal"
            assert said in text


def test_enrollment_begins_with_the_role_and_the_program(visitor: Client) -> None:
    text = page(visitor, f"{HERE}enroll/facility/")
    assert f"/account/register/?as=facility_representative&amp;program={PROGRAM}" in text
    assert "about 45 minutes" in text
    telephone = page(visitor, f"{HERE}enroll/wholesaler/")
    assert "/account/register/" not in telephone
    assert "This role enrolls by telephone" in telephone
    patient = page(visitor, f"{HERE}enroll/patient/")
    assert f'href="{HERE}downloads/?for=patients"' in patient
    assert "/account/register/" not in patient


def test_safety_information_is_complete_and_says_where_it_is_from(visitor: Client) -> None:
    text = page(visitor, f"{HERE}safety/")
    for said in ("1-800-FDA-1088", "1-800-745-4447, option 2", "Contraindications", "53%", "6%"):
        assert said in text
    (table,) = re.findall(r"<table.*?</table>", text, re.S)
    rows = re.findall(r'<th scope="row">(.*?)</th>\s*<td>(\d+)%</td>\s*<td>(\d+)%</td>', table)
    assert len(rows) == 25 and ("Insomnia", "16", "15") in rows
    bars = re.findall(
        r'class="bar-drug".*?width="([\d.]+)".*?class="bar-other".*?width="([\d.]+)"', table, re.S
    )
    for (_, percent, compared), (wide, other) in zip(rows, bars, strict=True):
        assert float(wide) / float(other) == pytest.approx(int(percent) / int(compared), rel=0.1)
    assert text.count("Source:") >= 20


def test_every_page_for_professionals_has_the_boxed_warning(visitor: Client) -> None:
    for rest in ("", "enroll/", "enroll/pharmacy/", "safety/", "sites/", "downloads/"):
        assert "Warning: autoimmunity" in page(visitor, HERE + rest), rest
    for rest in ("patients/", "watch-for/", "enroll/patient/"):
        assert "Warning: autoimmunity" not in page(visitor, HERE + rest), rest


def test_a_statement_nobody_has_verified_says_so(visitor: Client) -> None:
    text = page(visitor, f"{HERE}watch-for/")
    assert text.count("Not yet verified") == 4
    assert "Where this comes from" in text


def test_pages_for_patients_are_in_spanish_to_the_last_word(visitante: Client) -> None:
    for rest in ("patients/", "watch-for/", "enroll/patient/", "sites/?for=patients"):
        text = page(visitante, HERE + rest)
        assert '<html lang="es">' in text
        main = text[text.index("<main") : text.index("</main>")]
        english = re.findall(r'lang="en"[^>]*>(.*?)<', main)
        sources = re.findall(r'class="quiet" lang="en">(.*?)<', main)
        assert english == sources, rest
        assert re.search(r"\b(the|you|your|and|with)\b", words(_without_english(main))) is None


def _without_english(text: str) -> str:
    return re.sub(r'<(\w+)[^>]*lang="en"[^>]*>.*?</\1>', " ", text, flags=re.S)


def test_english_only_passages_are_marked_on_a_spanish_page(visitante: Client) -> None:
    text = page(visitante, f"{HERE}safety/")
    main = text[text.index("<main") : text.index("</main>")]
    assert "Contraindicaciones" in main
    assert "Advertencia: autoinmunidad" in main and "Hipersensibilidad" in main
    assert not re.search(r'<section class="boxed__text"\s+lang=', main)
    # The warnings of the label are in English only.
    assert re.search(r'class="finding"\s+lang="en"', main)
    prescriber = page(visitante, f"{HERE}enroll/prescriber/")
    assert "Aprobar la evaluación de conocimientos" in prescriber
    assert "Registrarse" in prescriber and "8 preguntas" in prescriber


def test_a_program_that_ended_stays_readable_and_enrolls_nobody(visitor: Client) -> None:
    ended = [each for each in library.current().programs.values() if each.program.retired_on]
    assert ended
    for loaded in ended:
        address = f"/programs/{loaded.program.code}/"
        text = page(visitor, address)
        assert "This program ended on" in text and "Begin enrollment" not in text
        assert "Find sites" not in page(visitor, f"{address}sites/")
        party = next(iter(loaded.versions[-1].parties))
        assert "/account/register/" not in page(visitor, f"{address}enroll/{party}/")


def test_a_program_that_has_not_begun_is_not_there(visitor: Client, moment: Moment) -> None:
    first = _first_day(library.current().programs[PROGRAM])
    moment.now = moment.now.replace(year=int(first[:4]) - 1)
    assert visitor.get(HERE).status_code == 404
    front = visitor.get("/", follow=True)
    assert HERE not in front.content.decode() and "Teaching" not in front.content.decode()


def _first_day(loaded: LoadedProgram) -> str:
    return loaded.versions[0].label


def test_what_is_not_there_is_not_found(visitor: Client) -> None:
    for rest in ("enroll/nurse/", "downloads/nothing/en/", "forms/nothing.pdf"):
        assert visitor.get(HERE + rest).status_code == 404
    for address in ("/programs/nothing/", "/about/nothing/", "/programs/nothing/sites/"):
        assert visitor.get(address).status_code == 404


def test_reading_sets_no_cookie_but_the_one_that_guards_forms(visitor: Client) -> None:
    for address in ("/", HERE, f"{HERE}safety/"):
        assert set(visitor.get(address).cookies) <= {"csrftoken"}


def test_pages_are_compressed_and_may_not_be_guessed_from_their_size(visitor: Client) -> None:
    answers = [visitor.get(HERE, headers={"accept-encoding": "gzip"}) for _ in range(8)]
    assert {each["Content-Encoding"] for each in answers} == {"gzip"}
    assert len({len(each.content) for each in answers}) > 1


@pytest.mark.parametrize("name", TEXTS)
def test_the_site_says_what_it_is_in_both_languages(
    visitor: Client, visitante: Client, name: str
) -> None:
    english, spanish = site_text(name, "en"), site_text(name, "es")
    assert english.title in page(visitor, f"/about/{name}/")
    assert spanish.title in page(visitante, f"/about/{name}/")
    assert english.body.count("<h2>") == spanish.body.count("<h2>") >= 2
    assert english.body.count("<li>") == spanish.body.count("<li>")


def test_the_imprint_names_each_program_and_its_notice(visitor: Client) -> None:
    text = words(page(visitor, "/about/imprint/"))
    assert "Not medical advice" in text and "Etasu is independent" in text
    for loaded in library.current().programs.values():
        assert loaded.program.sponsor in text
        assert " ".join(loaded.program.notice.split()) in text


def test_an_operator_puts_texts_of_their_own(
    visitor: Client, visitante: Client, settings: Settings, tmp_path: Path
) -> None:
    settings.ETASU_SITE_TEXTS = tmp_path
    own = "# Who we are\n\nExample Hospital <script>alert(1)</script>\n"
    (tmp_path / "imprint.en.md").write_text(own)
    text = page(visitor, "/about/imprint/")
    assert "Example Hospital &lt;script&gt;" in text and "<script>" not in text
    # Their English goes before our Spanish: only theirs says who they are.
    assert 'lang="en"' in page(visitante, "/about/imprint/")
    assert "Privacy" in page(visitor, "/about/privacy/")


def test_every_page_of_the_house_leads_to_the_texts_of_the_site(visitor: Client) -> None:
    for address in ("/", "/sign-in/", HERE):
        text = page(visitor, address)
        assert [name for name in TEXTS if f'href="/about/{name}/"' not in text] == []
