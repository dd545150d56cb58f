"""An integrator reads the API reference."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.journeys.browser import Inspection

pytestmark = pytest.mark.django_db(transaction=True)


def test_the_reference_can_be_read_by_everybody(page: Page, look: Inspection) -> None:
    page.goto("/api/v1/")
    expect(page.get_by_role("heading", name="API reference", level=1)).to_be_visible()
    look.look("api reference")
    page.get_by_role("link", name="When something is wrong").click()
    expect(page.get_by_role("heading", name="When something is wrong")).to_be_in_viewport()
    page.goto("/api/v1/problems/cannot-decide")
    expect(page).to_have_url("/api/v1/#cannot-decide")
    expect(page.locator("#cannot-decide")).to_be_in_viewport()
