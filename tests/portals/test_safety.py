"""Reporting a side effect, by a link and at work, and what safety staff do with the case."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from etasu.registry.accounts.access import SAFETY_REVIEWER
from etasu.registry.safety.facts import CaseAt, case_by_number, worklist
from etasu.registry.safety.models import CaseInformation, HandOver, SafetyCase
from etasu.safe_use.safety_plan import Criterion
from tests.factories.mail_server import MailServer
from tests.portals.conftest import Moment
from tests.portals.paper_reading import words_of as paper_text
from tests.portals.patient_world import where, words
from tests.portals.test_patient_choices import mara, opened  # noqa: F401 - a fixture
from tests.portals.world import PROGRAM, Cast, add_person

SignIn = Callable[[str], Client]
SAID = {"kind": "adverse_event", "words": "A rash on both arms"}
DENIED = {each.value: "no" for each in Criterion}


@pytest.fixture
def selma(cast: Cast, signed_in: SignIn) -> Client:
    """Safety staff."""
    add_person(PROGRAM, "selma", SAFETY_REVIEWER, None, cast.at)
    return signed_in("selma")


def send(client: Client, address: str, **said: Any) -> Any:
    """Send a form and go where it leads."""
    return client.post(address, said, follow=True)


def is_refused(answer: Any) -> bool:
    """Whether the page asks again, with the mistake at its field."""
    return "usa-form-group--error" in answer.content.decode()


def tell(client: Client, **said: Any) -> SafetyCase:
    """A report of somebody at work."""
    answer = send(client, "/safety/report/", **SAID | said)
    found = re.fullmatch(r"/safety/report/([^/]+)/", where(answer))
    assert found, words(answer)
    return SafetyCase.objects.get(number=found[1])


def now(case: SafetyCase, cast: Cast) -> CaseAt:
    """The case as it stands."""
    found = case_by_number(PROGRAM, case.number, cast.at)
    assert found is not None
    return found


def test_a_patient_reports_one_question_a_page_and_each_answer_is_kept_at_once(
    mara: Any,  # noqa: F811
    mail: MailServer,
    moment: Moment,
    cast: Cast,
) -> None:
    phone = opened(mail)
    first = phone.browser.get("/p/side-effect/")
    page = words(first)
    assert "911" in page and "1-800-FDA-1088" in page and "1-800-745-4447" in page
    # Nothing can be told out of order.
    assert where(phone.open("/p/side-effect/when/")) == "/p/side-effect/"
    assert where(phone.open("/p/side-effect/done/")) == "/p/side-effect/"
    assert phone.open("/p/side-effect/nonsense/").status_code == 404
    answer = send(phone.browser, "/p/side-effect/", kind="adverse_event")
    assert where(answer) == "/p/side-effect/what/"
    assert is_refused(send(phone.browser, "/p/side-effect/what/", words=""))
    for _ in range(2):
        answer = send(phone.browser, "/p/side-effect/what/", words="ronchas")
    assert where(answer) == "/p/side-effect/when/"
    case = SafetyCase.objects.get()
    assert case.patient == mara and case.source == "patient"
    assert CaseInformation.objects.count() == 1
    tomorrow = (cast.today + timedelta(days=2)).isoformat()
    assert is_refused(send(phone.browser, "/p/side-effect/when/", began_on=tomorrow))
    send(phone.browser, "/p/side-effect/when/", began_on=cast.today.isoformat())
    send(phone.browser, "/p/side-effect/led-to/", criteria=["hospitalization"])
    answer = send(phone.browser, "/p/side-effect/contact/", reporter_contact="555-555-0123")
    assert where(answer) == "/p/side-effect/done/" and case.number in words(answer)
    found = now(case, cast)
    assert found.details == {
        "began_on": cast.today.isoformat(),
        "reporter_contact": "555-555-0123",
    }
    assert found.criteria == {"hospitalization"} and not found.missing
    # Whoever goes back and says something else has said both.
    send(phone.browser, "/p/side-effect/what/", words="ronchas y fiebre")
    assert now(case, cast).words == "ronchas\nronchas y fiebre"


def test_everybody_at_work_reports_once_however_often_it_is_sent(
    cast: Cast, signed_in: SignIn
) -> None:
    for name in ("amara", "ben", "cora"):
        client = signed_in(name)
        page = client.get("/safety/report/?patient=X").content.decode()
        token = re.search(r'name="form_token"\s+value="([^"]+)"', page)
        assert token and "1-800-FDA-1088" in page and 'value="X"' in page
        said = SAID | {"form_token": token[1], "patient_number": cast.mara.number}
        assert tell(client, **said) == tell(client, **said)
    assert SafetyCase.objects.count() == 3
    found = now(SafetyCase.objects.latest("pk"), cast)
    assert found.patient == cast.mara and found.information[0].told_by == "pharmacist"


def test_a_slip_is_told_and_no_answer_is_lost(cast: Cast, signed_in: SignIn) -> None:
    ben = signed_in("ben")
    answer = send(ben, "/safety/report/", **SAID, patient_number="7QK2M-X0B4T-N", lot="L-77")
    assert "No patient of this program has this number" in words(answer)
    assert "L-77" in answer.content.decode() and not SafetyCase.objects.exists()
    case = tell(ben, patient_initials="M L", age="34", criteria=["death"], lot="L-77")
    found = now(case, cast)
    assert found.patient is None and not found.missing and found.seriousness == "serious"
    assert found.details["lot"] == "L-77" and found.details["reporter_name"]


def test_only_who_reported_sees_it_and_only_safety_staff_opens_the_case(
    cast: Cast, signed_in: SignIn, selma: Client
) -> None:
    amara, ben, quinn = signed_in("amara"), signed_in("ben"), signed_in("quinn")
    case = tell(amara)
    assert amara.get(f"/safety/report/{case.number}/").status_code == 200
    assert ben.get(f"/safety/report/{case.number}/").status_code == 404
    for path in ("", f"cases/{case.number}/", f"cases/{case.number}/report.pdf", "handed-over/"):
        assert amara.get(f"/safety/{path}").status_code == 404
        assert selma.get(f"/safety/{path}").status_code == 200
        assert quinn.get(f"/safety/{path}").status_code == 200
    for path in ("assess", "ask", "tell"):
        assert quinn.get(f"/safety/cases/{case.number}/{path}/").status_code == 404
    assert "Judge it" not in words(quinn.get(f"/safety/cases/{case.number}/"))


def test_staff_keep_a_call_with_the_day_it_reached_them(cast: Cast, selma: Client) -> None:
    day = cast.today - timedelta(days=3)
    case = tell(selma, told_by="patient", received_on=day.isoformat(), reporter_name="Mara L.")
    assert case.received_on == day and case.source == "staff"
    page = words(selma.get("/safety/"))
    assert case.number in page and "12 days left" in page
    late = tell(selma, told_by="patient", received_on=(day - timedelta(days=20)).isoformat())
    page = words(selma.get("/safety/"))
    assert "8 days late" in page and "1 case is late" in page
    assert page.index(late.number) < page.index(case.number)


def test_a_case_is_judged_by_whoever_read_everything(
    cast: Cast, selma: Client, signed_in: SignIn
) -> None:
    case = tell(signed_in("amara"))
    address = f"/safety/cases/{case.number}/assess/"
    page = selma.get(address).content.decode()
    # Those named in the report come first among the many listed reactions.
    assert page.index('value="rash"') < page.index('value="abdominal-pain"')
    said = {**DENIED, "terms": ["rash"], "something_else": "no", "reason": "mild", "read": "1"}
    assert "Say yes, no or not known" in words(send(selma, address, **said | {"death": ""}))
    send(selma, f"/safety/cases/{case.number}/tell/", words="worse", told_by="patient")
    assert "told meanwhile" in words(send(selma, address, **said))
    send(selma, address, **said | {"read": "2"})
    found = now(case, cast)
    assert (found.seriousness, found.expectedness) == ("not_serious", "expected")
    page = words(selma.get(f"/safety/cases/{case.number}/"))
    assert "with the periodic report" in page and "mild" in page
    assert 'value="no"' in selma.get(address).content.decode()


def test_a_question_is_asked_and_its_answer_kept(cast: Cast, selma: Client) -> None:
    case = tell(selma, told_by="prescriber")
    place = f"/safety/cases/{case.number}"
    send(selma, f"{place}/ask/", text="Which lot was it?", asked_of="infusion_nurse")
    found = now(case, cast)
    (question,) = found.open_questions
    assert "Which lot was it?" in words(selma.get(f"{place}/"))
    assert selma.get(f"{place}/answer/7QK2M-X0B4T-N/").status_code == 404
    address = f"{place}/answer/{question.number}/"
    assert "Which lot was it?" in words(selma.get(address))
    said = {"words": "It was L-77", "told_by": "infusion_nurse", "lot": "L-77"}
    send(selma, address, **said, criteria=["disability"])
    found = now(case, cast)
    assert not found.open_questions and found.details["lot"] == "L-77"
    assert found.criteria == {"disability"}


def test_two_cases_are_compared_linked_and_parted_again(cast: Cast, selma: Client) -> None:
    case, other = (
        tell(selma, told_by="patient", patient_number=cast.mara.number, words=said)
        for said in ("a rash", "red arms")
    )
    page = words(selma.get(f"/safety/cases/{case.number}/"))
    assert "Other cases of the same patient" in page and "red arms" in page
    address = f"/safety/cases/{case.number}/same-as/{other.number}/"
    assert "a rash" in words(selma.get(address)) and "red arms" in words(selma.get(address))
    answer = send(selma, address, reason="told twice")
    assert where(answer) == f"/safety/cases/{other.number}/" and case.number in words(answer)
    assert "linked already" in words(send(selma, address, reason="once more"))
    assert [each.case for each in worklist(PROGRAM, cast.at)] == [other]
    assert "duplicate" in words(selma.get(f"/safety/cases/{case.number}/"))
    apart = f"/safety/cases/{case.number}/apart/"
    assert selma.get(f"/safety/cases/{other.number}/apart/").status_code == 404
    assert selma.get(apart).status_code == 200
    send(selma, apart, reason="another event")
    assert len(worklist(PROGRAM, cast.at)) == 2


def test_cases_are_handed_over_printed_and_leave_once_acknowledged(
    cast: Cast, selma: Client, signed_in: SignIn
) -> None:
    assert "nothing the sponsor" in words(selma.get("/safety/hand-over/"))
    case = tell(signed_in("ben"), patient_number=cast.mara.number, words="=1+1 a rash")
    other = tell(selma, told_by="patient", words="left out")
    page = selma.get("/safety/hand-over/").content.decode()
    assert len(re.findall(r'name="cases"[^>]* checked', page)) == 2
    answer = send(selma, "/safety/hand-over/", recipient="Sponsor", cases=[case.number])
    kept = HandOver.objects.get()
    place = f"/safety/handed-over/{kept.number}/"
    assert where(answer) == place and case.number in words(answer)
    file = b"".join(selma.get(f"{place}cases.csv").streaming_content).decode()
    assert case.number in file and other.number not in file and "\n=1" not in file
    paper = selma.get(f"{place}{case.number}.pdf")
    text = paper_text(paper.content)
    assert "B. The event" in text and "a rash" in text and cast.mara.number in text
    assert selma.get(f"{place}{other.number}.pdf").status_code == 404
    assert "not acknowledged" in words(selma.get("/safety/"))
    gone = send(selma, "/safety/hand-over/", recipient="Sponsor", cases=[case.number])
    assert "Select a valid choice" in words(gone)
    assert "Write what it answered" in words(send(selma, place, acknowledgment=""))
    send(selma, place, acknowledgment="ACK-7")
    assert "ACK-7" in words(selma.get("/safety/handed-over/"))
    assert [each.case for each in worklist(PROGRAM, cast.at)] == [other]
    assert "ACK-7" in words(selma.get(f"/safety/cases/{case.number}/"))
