"""Programs with a grace for sites without representative, people, and rosters as files."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime

from etasu.programs import library
from etasu.registry.accounts.models import User
from etasu.registry.audit.actors import PLATFORM
from etasu.registry.participants import actions
from etasu.registry.participants.models import Membership, Participant
from etasu.safe_use.dates import Span, Unit

PASSWORD = "correct horse battery"
HEADINGS = "name,e-mail,role,trained on"


@contextmanager
def grace_of(program: str, days: int) -> Iterator[None]:
    """Every kind of site of the program keeps its standing so many days without representative."""
    before = library.current()
    loaded = before.programs[program]
    versions = tuple(
        replace(
            version,
            parties={
                code: replace(party, representative_grace=Span(days, Unit.DAYS))
                if party.has_representative
                else party
                for code, party in version.parties.items()
            },
        )
        for version in loaded.versions
    )
    changed = loaded._replace(versions=versions)
    library.use(library.ProgramLibrary({**before.programs, program: changed}))
    try:
        yield
    finally:
        library.use(before)


def person(name: str) -> User:
    """Somebody who signs in as name@example.org; the same one every time."""
    email = f"{name}@example.org"
    known = User.objects.filter(email=email).first()
    return known or User.objects.create_user(email, PASSWORD, full_name=f"{name.title()} Example")


def representative(
    name: str, site: Participant, at: datetime, *, for_all_sites: bool = False
) -> Membership:
    """Somebody who represents the site."""
    return actions.add_member(
        person(name),
        site,
        f"{site.kind}_representative",
        program=site.program,
        for_all_sites=for_all_sites,
        by=PLATFORM,
        at=at,
    )


def roster(*rows: str, headings: str = HEADINGS) -> bytes:
    """A roster as a file."""
    return "\r\n".join([headings, *rows, ""]).encode()
