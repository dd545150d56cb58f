from tests.journeys.people import Person
from tests.portals.laboratory_world import build_laboratory, TSH

def test_tmp_admin(page, look, cast):
    lab = build_laboratory(cast)
    lab.send(lab.message(f"{TSH}|2.1|barrels"), lab.message(f"{TSH}|2.1|", control="M2", sender="X|Y"))
    ada = Person(page, look)
    ada.given_i_am_signed_in_as("ada")
    ada.when_i_follow("Laboratory results")
    ada.then_it_is_sound("tmp admin laboratory")
    page.goto("/laboratory/waiting/")
    ada.then_it_is_sound("tmp admin waiting")
    page.locator("#review").get_by_role("link").click()
    ada.then_it_is_sound("tmp admin review")
    page.get_by_label("Reason").fill("")
    page.get_by_role("button", name="See what follows").last.click()
    ada.then_it_is_sound("tmp admin review mistake")
