"""What a program calls its participants, steps, gates and tests, in the language of the page."""

from __future__ import annotations

from collections.abc import Mapping

from django.utils.translation import get_language

from etasu.portals.language import page_language
from etasu.programs import library
from etasu.safe_use.entries import Named
from etasu.safe_use.program import ENGLISH, Gate, Program, called_in, spoken_in


def called(entry: Named) -> str:
    """Its name, in English where the program has no other."""
    return called_in(entry, get_language())


def asked(gate: Gate) -> str:
    """The question at a gate."""
    said = spoken_in(gate, get_language())
    return said.question if said else gate.question


def said_in(entry: Named) -> str:
    """The language its words come in."""
    said = spoken_in(entry, get_language())
    return said.language if said else ENGLISH


def notice(program: Program) -> str:
    """What the program says about itself below every page."""
    return _notices(program).get(page_language(), program.notice)


def notice_language(program: Program) -> str:
    """The language that comes in."""
    return page_language() if page_language() in _notices(program) else ENGLISH


def _notices(program: Program) -> Mapping[str, str]:
    loaded = library.current().programs.get(program.code)
    return loaded.versions[-1].notices_said if loaded else {}
