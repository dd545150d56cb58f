"""The pages of answers: read, searched, saved, passed on within limits, and counted."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from etasu.portals.public.leading import PAGES
from etasu.programs import answers as data
from etasu.programs import library
from etasu.registry.accounts.delays import PACES
from etasu.registry.audit.models import AuditEntry
from etasu.registry.education import saving
from etasu.registry.education.models import AnswerRead, SavedAnswer, SearchMiss
from etasu.registry.patients.models import Patient as Enrolled
from etasu.safe_use.messages import telling_words
from tests.factories.mail_server import MailServer
from tests.portals.conftest import Moment
from tests.portals.html_checks import html_problems
from tests.portals.patient_world import BORN, Patient
from tests.portals.world import Cast

SignIn = Callable[[str], Client]
HERE = "/programs/lemtrada/"
HELP = f"{HERE}answers/financial-help/"
pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("moment")]


def page(client: Client, address: str) -> str:
    """The page at an address, which must be there."""
    answer = client.get(address, follow=True)
    assert answer.status_code == 200, address
    return str(answer.content.decode())


def searched(client: Client, words: str, rest: str = "?for=patients") -> str:
    """The page after a search."""
    answer = client.post(f"{HERE}answers/{rest}", {"words": words})
    assert answer.status_code in (200, 302)
    return (
        page(client, answer["Location"]) if answer.status_code == 302 else answer.content.decode()
    )


def sent(client: Client, to: str, **more: str) -> Any:
    """Somebody sends the answer about help with money."""
    return client.post(f"{HELP}send/", {"email": to, "language": "en", **more}, follow=True)


def test_each_audience_reads_its_own_questions(client: Client) -> None:
    patients, others = page(client, f"{HERE}answers/?for=patients"), page(client, f"{HERE}answers/")
    assert "How do I take it?" in patients and "How do I take it?" not in others
    assert patients.count("<details") >= 8 and others.count("<details") >= 10
    assert not re.search(r"<details[^>]*\bopen>", patients)
    everything = page(client, f"{HERE}answers/?for=patients&all")
    assert len(re.findall(r"<details[^>]*\bopen>", everything)) == everything.count("<details")
    assert "What nurse Maya says" in patients and "What nurse Maya says" not in others


def test_an_answer_has_a_page_of_its_own_with_all_that_belongs_to_it(client: Client) -> None:
    text = page(client, f"{HERE}answers/trial-endpoints/")
    for said in ("Lancet 2012", f'href="{HERE}trials/"', "Version 1.", "Source"):
        assert said in text
    assert re.search(r"sms:\?&amp;body=http%3A%2F%2Ftestserver%2Fa%2F[0-9a-f]{12}%2F\"", text)
    assert client.get(f"{HERE}answers/nothing/").status_code == 404
    assert client.get("/programs/teaching/answers/dosing/").status_code == 404
    spanish = page(Client(headers={"accept-language": "es"}), HELP)
    assert "¿Puedo recibir ayuda para pagarla?" in spanish and "copay" not in spanish


def test_every_link_of_every_answer_leads_somewhere(client: Client) -> None:
    assert set(PAGES) == set(data.PAGES)
    linked: set[str] = set()
    for each in _answers():
        text = page(client, f"{HERE}answers/{each.code}/")
        more = text.partition('id="more"')[2].partition("</section>")[0]
        found = re.findall(r'href="(/[^"#]+)', more)
        assert len(found) == len(each.learn_more)
        linked |= set(found)
    assert len(linked) > 15
    assert {
        each for each in linked if client.get(each.replace("&amp;", "&")).status_code != 200
    } == set()


def test_a_review_that_is_late_is_told(client: Client, moment: Moment) -> None:
    assert "Not looked over in time" not in page(client, HELP)
    moment.now += timedelta(days=800)
    assert "Not looked over in time" in page(client, HELP)


def test_a_search_shows_what_was_found_and_keeps_its_words_out_of_addresses(
    client: Client,
) -> None:
    answer = client.post(f"{HERE}answers/?for=patients", {"words": "Medicare <b>"})
    assert answer["Location"] == f"{HERE}answers/?for=patients&found"
    text = page(client, answer["Location"])
    assert f'href="{HELP}"' in text and "<mark>Medicare</mark>" in text
    assert "&lt;b&gt;" in text and html_problems(text) == []
    assert "Medicare" not in page(Client(), answer["Location"]).partition("<details")[0]
    slip = searched(client, "pregnent")
    assert "pregnent → pregnant" in slip and "pregnancy-plans" in slip
    assert "Write a word or a question" in searched(client, "  ")


def test_results_lead_to_the_very_passage(client: Client) -> None:
    for words, rest in (("herpes prophylaxis listeria", ""), ("mole bleeds", "?for=patients")):
        text = searched(client, words, rest)
        results = text.partition('id="results"')[2].partition("</section>")[0]
        anchored = re.findall(r'href="(/[^"#?]+)#([^"]+)"', results)
        assert anchored
        for address, anchor in anchored:
            assert f'id="{anchor}"' in page(client, address), (address, anchor)


def test_a_search_that_finds_nothing_offers_a_person_and_the_questions(
    client: Client, signed_in: SignIn, cast: Cast
) -> None:
    for _ in range(3):
        text = searched(client, "zebra 5550142 xq")
    results = text.partition('id="results"')[2].partition("</section>")[0]
    assert "1-855-676-6326" in results and "How do I take it?" in text
    assert list(SearchMiss.objects.values_list("word", "times")) == [("zebra", 3)]
    figures = page(signed_in("ada"), "/administrator/answers/")
    assert "zebra" in figures and "5550142" not in figures


def test_reading_is_counted_and_everybody_at_work_is_led_there(
    client: Client, signed_in: SignIn, cast: Cast
) -> None:
    for _ in range(2):
        page(client, HELP)
    client.head(HELP)
    assert AnswerRead.objects.get(answer="financial-help").times == 2
    figures = page(signed_in("quinn"), "/administrator/answers/")
    assert "Can I get help to pay for it?" in figures
    assert "Every answer was looked over in time." in figures
    for name in ("amara", "ben", "cora"):
        assert 'href="/answers/"' in page(signed_in(name), "/"), name
    assert signed_in("cora").get("/answers/")["Location"] == f"{HERE}answers/"
    assert client.get("/answers/").status_code == 303


def test_a_stranger_keeps_a_list_in_the_browser_alone(client: Client) -> None:
    answer = client.post(f"{HELP}keep/", follow=True)
    assert "It is on your list." in answer.content.decode()
    client.post(f"{HELP}keep/")
    assert page(client, f"{HERE}my-list/").count("Can I get help to pay for it?") == 1
    assert "Can I get help" not in page(Client(), f"{HERE}my-list/")
    client.post(f"{HELP}keep/", {"remove": "yes"})
    assert "Nothing is on it yet" in page(client, f"{HERE}my-list/")
    assert SavedAnswer.objects.count() == 0
    assert client.get(f"{HELP}keep/").status_code == 405


def test_somebody_signed_in_finds_their_list_on_another_device_and_it_has_an_end(
    signed_in: SignIn, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    signed_in("amara").post(f"{HELP}keep/")
    signed_in("amara").post(f"{HERE}answers/dosing/keep/")
    listed = page(signed_in("amara"), f"{HERE}my-list/")
    assert listed.index("What is the dose") < listed.index("Can I get help")
    assert "stays in this browser" not in listed
    assert "Nothing is on it yet" in page(signed_in("beck"), f"{HERE}my-list/")
    assert AuditEntry.objects.filter(verb="answer.saved").count() == 2
    monkeypatch.setattr(saving, "MOST_SAVED", 2)
    full = signed_in("amara").post(f"{HERE}answers/the-rems/keep/", follow=True)
    assert "Your list is full" in full.content.decode()
    assert SavedAnswer.objects.count() == 2


def test_a_patient_with_a_link_has_a_list_of_their_own(cast: Cast, mail: MailServer) -> None:
    mara = "mara@example.org"
    Enrolled.objects.filter(pk=cast.mara.pk).update(email=mara, birth_date=BORN)
    for _ in range(2):
        phone = Patient()
        phone.open("/p/")
        phone.browser.post("/p/", {"email": mara})
        phone.arrive(mail, mara)
        phone.browser.post(f"{HELP}keep/")
        assert f"{HERE}answers/?for=patients" in page(phone.browser, "/p/home/")
    (kept,) = SavedAnswer.objects.all()
    assert (kept.person, kept.saved_by) == (cast.mara.number, cast.mara.number)
    phone.browser.post("/p/leave/")
    assert "Nothing is on it yet" in page(phone.browser, f"{HERE}my-list/")


def test_a_message_tells_nothing_before_it_is_opened(client: Client, mail: MailServer) -> None:
    answer = sent(client, "ana@example.org", language="es")
    assert "It is sent." in answer.content.decode()
    message = mail.newest_to("ana@example.org")
    program = library.current().programs["lemtrada"].program
    plain = message.get_body(("plain",)).get_content()  # type: ignore[union-attr]
    assert str(message["Subject"]) == "Etasu: Algo para leer"
    assert "¿Puedo recibir ayuda para pagarla?" in plain
    words = set(re.findall(r"\w+", f"{message['Subject']} {plain}".lower()))
    assert words.isdisjoint(telling_words(program))
    short = re.search(r"http://testserver(/a/[0-9a-f]{12}/)", plain)
    assert short and client.get(short[1])["Location"] == HELP
    assert client.get("/a/000000000000/").status_code == 404
    assert AuditEntry.objects.get(verb="answer.sent").detail == {"program": "lemtrada"}
    assert "ana" not in str(list(AuditEntry.objects.values_list("detail", "subject", "actor")))


def test_a_form_sent_twice_sends_one_message(client: Client, mail: MailServer) -> None:
    for _ in range(2):
        sent(client, "ana@example.org", form_token="t" * 24)
    assert len(mail.messages) == 1


def test_nobody_can_write_to_others_with_it(client: Client, mail: MailServer) -> None:
    hostile = sent(client, "a@example.org, b@example.org", message="Buy", subject="Win")
    assert "Enter an email address" in hostile.content.decode()
    most = PACES["answer-to"].free + 1
    for _ in range(most):
        sent(client, "ana@example.org")
    refused = sent(Client(), "Ana@example.org").content.decode()
    assert "Too many messages were sent" in refused and len(mail.messages) == most
    for number in range(PACES["answer-from"].free):
        sent(client, f"p{number}@example.org")
    assert len(mail.messages) <= PACES["answer-from"].free + 1
    assert all("Buy" not in str(each) and "Win" not in str(each) for each in mail.messages)


def test_a_mail_server_that_is_away_is_told_and_can_be_tried_again(
    client: Client, settings: Any
) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 1
    text = sent(client, "ana@example.org").content.decode()
    assert "The message could not be sent" in text and "ana@example.org" in text
    assert not AuditEntry.objects.filter(verb="answer.sent").exists()


def test_the_chart_and_the_table_have_the_same_numbers_in_every_order(client: Client) -> None:
    orders: dict[str, list[tuple[str, int, int]]] = {}
    for sort in ("", "most", "compared", "difference", "name", "nonsense"):
        text = page(client, f"{HERE}reactions/?sort={sort}")
        chart, _, table = text.partition("</svg>")
        said = re.findall(r"<text[^>]*>([^<]+)</text>", chart)
        drawn = [tuple(said[place : place + 3]) for place in range(0, len(said), 3)]
        rows = re.findall(r'row">([^<]+)</th>\s*<td>(\d+)%</td>\s*<td>(\d+)%', table)
        assert drawn == rows and len(rows) == 25
        orders[sort] = [(name, int(drug), int(other)) for name, drug, other in rows]
    assert orders[""] == orders["most"] == orders["nonsense"]
    assert orders["most"][0] == ("Rash", 53, 6)
    assert orders["compared"][0] == ("Headache", 52, 23)
    assert orders["name"] == sorted(orders["name"], key=lambda row: row[0].casefold())
    differences = [drug - other for _, drug, other in orders["difference"]]
    assert differences == sorted(differences, reverse=True)
    widths = re.findall(r'class="bar-\w+" x="0" y="\d+" width="(\d+)"', chart)
    assert max(map(int, widths)) <= 320 - 34 and len(widths) == 50
    assert "Sarpullido" in page(Client(headers={"accept-language": "es"}), f"{HERE}reactions/")


def test_trial_facts_are_shown_with_their_source(client: Client) -> None:
    text = page(client, f"{HERE}trials/")
    for said in ("628", "426", "202", "EDSS 5.0 or less", "lemtradahcp.com", "Lancet 2012"):
        assert said in text
    spanish = page(Client(headers={"accept-language": "es"}), f"{HERE}trials/")
    assert "Tasa anual de recaídas" in spanish


def _answers() -> tuple[data.Answer, ...]:
    loaded = library.current().programs["lemtrada"]
    return loaded.answers[loaded.versions[-1].label]
