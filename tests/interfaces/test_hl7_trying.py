"""Trying messages out: annotated, answered, checked, and nothing of it kept."""

from __future__ import annotations

import pytest

from etasu.interfaces.hl7v2.checklist import run_checklist
from etasu.programs import library
from etasu.registry.audit.actors import Actor
from tests.registry import labs

pytestmark = pytest.mark.django_db
BY = Actor("lena", "lab_analyst")


def test_every_check_of_the_list_comes_out_as_it_has_to() -> None:
    labs.use_lemtrada()
    version = library.current().effective(labs.PROGRAM, labs.AT.date())
    assert version is not None
    checked = run_checklist(version, by=BY, at=labs.AT)
    assert [each for each in checked if not each.is_met] == []
    assert len(checked) == 25
