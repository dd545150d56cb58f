"""Modules stay small enough to be read in one sitting."""

from __future__ import annotations

from collections.abc import Callable

from tests.repository.places import ROOT, python_files

RecordProperty = Callable[[str, object], None]
LONGEST_MODULE = 500
LONGEST_STYLESHEET = 400


def test_no_module_is_longer_than_it_should_be(record_property: RecordProperty) -> None:
    lengths = sorted(((len(p.read_text().splitlines()), p) for p in python_files()), reverse=True)
    ten = {str(p.relative_to(ROOT)): n for n, p in lengths[:10]}
    record_property("longest modules", ten)
    assert {path: n for path, n in ten.items() if n > LONGEST_MODULE} == {}, ten


def test_the_stylesheet_stays_one_page_of_rules() -> None:
    css = ROOT / "static" / "portal.css"
    assert len(css.read_text().splitlines()) <= LONGEST_STYLESHEET
