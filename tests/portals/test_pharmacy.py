"""What a pharmacist can do: ask, read, record, take back, look back."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from django.test import Client

from etasu.registry.authorizations.models import Authorization, Decision
from etasu.registry.compliance.models import ComplianceEvent
from etasu.registry.treatment.models import Dispense
from tests.portals.conftest import Moment
from tests.portals.world import Cast, ask_gate, authorize_course, contradict

SignIn = Callable[[str], Client]


def ask(client: Client, number: str, day: str, **more: str) -> object:
    """Send the pharmacist's form and follow it to the answer."""
    sent = {"patient": number, "planned_on": day, "form_token": "one"} | more
    return client.post("/pharmacy/", sent, follow=True)


def test_an_authorized_dispense_is_answered_on_one_page(cast: Cast, signed_in: SignIn) -> None:
    authorize_course(cast)
    page = ask(signed_in("cora"), cast.mara.number, cast.today.isoformat())
    decision = Decision.objects.get(gate="dispense")
    assert page.request["PATH_INFO"] == f"/pharmacy/decisions/{decision.number}/"
    text = page.content.decode()
    assert decision.outcome == "authorized"
    assert "Authorized</h1>" in text and decision.number in text
    assert "Friday, May 1, 2026" in text
    assert decision.facility == cast.riverside


def test_a_double_click_asks_once(cast: Cast, signed_in: SignIn) -> None:
    authorize_course(cast)
    client = signed_in("cora")
    first = ask(client, cast.mara.number, cast.today.isoformat())
    second = ask(client, cast.mara.number, cast.today.isoformat())
    assert first.request["PATH_INFO"] == second.request["PATH_INFO"]
    assert Decision.objects.filter(gate="dispense").count() == 1
    ask(client, cast.mara.number, cast.today.isoformat(), form_token="two")
    assert Decision.objects.filter(gate="dispense").count() == 2


def test_a_number_put_right_is_a_new_question(cast: Cast, signed_in: SignIn) -> None:
    authorize_course(cast)
    client = signed_in("cora")
    wrong = ask(client, "00000-00000-1", cast.today.isoformat())
    assert "this one holds a slip" in wrong.content.decode()
    typed = cast.mara.number.replace("-", " ").lower().replace("0", "o")
    ask(client, typed, cast.today.isoformat())
    assert Decision.objects.get(gate="dispense").outcome == "authorized"


def test_a_refusal_says_why_and_who_acts(cast: Cast, signed_in: SignIn) -> None:
    text = ask(signed_in("cora"), cast.noor.number, cast.today.isoformat()).content.decode()
    assert "Not authorized</h1>" in text
    assert "There is no such authorization." in text
    assert "Ask the prescriber to authorize the course" in text
    assert "Dr. Amara" in text and "1-555-555-0142" in text
    assert "Noor Haddad" not in text and "N. H." in text
    steps = text.split('id="next"')[1].split("</section>")[0].count('class="step__how"')
    assert steps == text.split('id="why"')[1].split("</section>")[0].count('class="finding"')


def test_a_second_question_offers_the_first_authorization(cast: Cast, signed_in: SignIn) -> None:
    authorize_course(cast)
    client = signed_in("cora")
    ask(client, cast.mara.number, cast.today.isoformat())
    number = Authorization.objects.get(gate="dispense").number
    page = ask(client, cast.mara.number, cast.today.isoformat(), form_token="again")
    text = page.content.decode()
    assert f'href="/pharmacy/decisions/{number}/">Open that authorization' in text


def test_another_pharmacy_is_not_offered_it(cast: Cast, signed_in: SignIn) -> None:
    authorize_course(cast)
    ask(signed_in("cora"), cast.mara.number, cast.today.isoformat())
    text = ask(signed_in("olga"), cast.mara.number, cast.today.isoformat()).content.decode()
    assert "Not authorized</h1>" in text
    assert "Open that authorization" not in text


def test_a_dispense_is_recorded_once(cast: Cast, signed_in: SignIn) -> None:
    authorize_course(cast)
    client = signed_in("cora")
    number = ask_gate(cast, "cora", "dispense", cast.mara).decision.number
    there = f"/pharmacy/decisions/{number}/dispense/"
    assert "This course has 5 infusion days" in client.get(there).content.decode()
    for token in ("a", "a", "b"):
        sent = {"units": "5", "dispensed_on": cast.today.isoformat(), "form_token": token}
        page = client.post(there, sent, follow=True)
    assert "Used</h1>" in page.content.decode()
    assert Dispense.objects.get().units == 5
    assert Authorization.objects.get(number=number).state == "used"
    assert not ComplianceEvent.objects.exists()


def test_mistakes_are_listed_on_top_and_at_the_field(cast: Cast, signed_in: SignIn) -> None:
    authorize_course(cast)
    number = ask_gate(cast, "cora", "dispense", cast.mara).decision.number
    tomorrow = (cast.today + timedelta(days=1)).isoformat()
    sent = {"units": "0", "dispensed_on": tomorrow}
    page = signed_in("cora").post(f"/pharmacy/decisions/{number}/dispense/", sent)
    text = page.content.decode()
    assert text.count("Enter at least 1 unit") == 2
    assert text.count("This day is still to come") == 2
    assert '<a href="#id_units">' in text and "Error:" in text.split("</title>")[0]


def test_an_authorization_can_be_taken_back_for_a_quarter_of_an_hour(
    cast: Cast, signed_in: SignIn, moment: Moment
) -> None:
    authorize_course(cast)
    client = signed_in("cora")
    number = ask_gate(cast, "cora", "dispense", cast.mara).decision.number
    there = f"/pharmacy/decisions/{number}/take-back/"
    assert client.post(there, {"reason": ""}).status_code == 200
    moment.now += timedelta(minutes=14)
    page = client.post(there, {"reason": "wrong day"}, follow=True)
    assert "Taken back</h1>" in page.content.decode()
    assert Authorization.objects.get(number=number).closed_reason == "wrong day"
    assert ask_gate(cast, "cora", "dispense", cast.mara).said["outcome"] == "authorized"


def test_later_it_cannot(cast: Cast, signed_in: SignIn, moment: Moment) -> None:
    authorize_course(cast)
    client = signed_in("cora")
    number = ask_gate(cast, "cora", "dispense", cast.mara).decision.number
    moment.now += timedelta(minutes=16)
    page = client.post(f"/pharmacy/decisions/{number}/take-back/", {"reason": "late"}, follow=True)
    assert "can no longer be taken back" in page.content.decode()
    assert Authorization.objects.get(number=number).state == "live"


def test_history_lists_own_checks_and_narrows_them(cast: Cast, signed_in: SignIn) -> None:
    authorize_course(cast)
    client = signed_in("cora")
    yes = ask_gate(cast, "cora", "dispense", cast.mara).decision.number
    no = ask_gate(cast, "cora", "dispense", cast.noor).decision.number
    other = ask_gate(cast, "olga", "dispense", cast.noor).decision.number
    everything = client.get("/pharmacy/decisions/").content.decode()
    assert yes in everything and no in everything and other not in everything
    refused = client.get("/pharmacy/decisions/?outcome=not_authorized").content.decode()
    assert no in refused and yes not in refused


def test_a_gate_that_cannot_decide_says_whose_fault_it_is(cast: Cast, signed_in: SignIn) -> None:
    authorize_course(cast)
    contradict(cast)
    page = ask(signed_in("cora"), cast.mara.number, cast.today.isoformat())
    text = page.content.decode()
    assert "Cannot decide</h1>" in text
    assert "This is our fault and not the patient" in text
    assert "facts-contradict" in text and "support line" in text
    assert not Authorization.objects.filter(gate="dispense").exists()


def test_an_authorization_past_its_last_day_is_shown_as_expired(
    cast: Cast, signed_in: SignIn, moment: Moment
) -> None:
    authorize_course(cast)
    given = ask_gate(cast, "cora", "dispense", cast.mara)
    moment.now += timedelta(days=300)
    text = signed_in("cora").get(f"/pharmacy/decisions/{given.decision.number}/").content.decode()
    assert "Expired</h1>" in text and "Authorized</h1>" not in text
