"""The program a public page is about, with everything each of its pages shows."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import cached_property

from django.http import Http404, HttpRequest
from django.urls import NoReverseMatch, reverse

from etasu.portals.components.dates import local_day
from etasu.portals.public.speaking import Speaker, Words
from etasu.programs import library
from etasu.programs.answers import Answer
from etasu.programs.loader import LoadedProgram
from etasu.programs.public_site import PublicSite, read_public_site
from etasu.safe_use.program import Program, ProgramStatus, ProgramVersion

# The public has no time zone of its own; programs keep the hours of their call centers.
ZONE = "America/New_York"


@dataclass(frozen=True)
class Contacts:
    """How to reach the program, and whom to tell about side effects."""

    telephone: str
    hours: Words
    pregnancy: Words
    report_telephone: str
    report_website: str


@dataclass(frozen=True)
class Here:
    """One program on the day of the request."""

    loaded: LoadedProgram
    version: ProgramVersion
    site: PublicSite
    today: date

    @property
    def program(self) -> Program:
        """The program's identity."""
        return self.version.program

    @property
    def code(self) -> str:
        """The program's code, as it stands in addresses."""
        return self.version.program.code

    @property
    def answers(self) -> tuple[Answer, ...]:
        """The answers of the present version."""
        return self.loaded.answers.get(self.version.label, ())

    @property
    def is_open(self) -> bool:
        """Whether somebody can still enroll."""
        return self.program.status is not ProgramStatus.RETIRED

    @cached_property
    def speaker(self) -> Speaker:
        """Says what the program says, in the language of the page."""
        return Speaker(self.site, self.version)

    @property
    def contacts(self) -> Contacts:
        """Telephones, hours and addresses from the program's contacts; empty where it has none."""
        known: dict[str, str] = {}
        for contact in self.program.contacts:
            known.setdefault(contact.kind, contact.value)
        return Contacts(
            telephone=known.get("telephone", ""),
            hours=self.speaker.name(known.get("telephone-hours", "")),
            pregnancy=self.speaker.name(known.get("pregnancy-telephone", "")),
            report_telephone=known.get("safety-report-telephone", ""),
            report_website=known.get("safety-report-website", ""),
        )


def all_here(request: HttpRequest) -> list[Here]:
    """Every program this site runs, by name; those that ended come last."""
    found = [_here(each, request) for each in library.current().programs.values()]
    known = [each for each in found if each is not None]
    return sorted(known, key=lambda each: (not each.is_open, each.program.name.casefold()))


def program_here(request: HttpRequest, code: str) -> Here:
    """The program an address names; raises Http404 for one this site does not run."""
    loaded = library.current().programs.get(code)
    found = _here(loaded, request) if loaded else None
    if found is None:
        raise Http404
    return found


def address_if_there(route: str, **kwargs: str) -> str:
    """The address of a route, empty on a site that does not have it."""
    try:
        return reverse(route, kwargs=kwargs or None)
    except NoReverseMatch:
        return ""


def _here(loaded: LoadedProgram, request: HttpRequest) -> Here | None:
    today = local_day(request.at, ZONE)  # type: ignore[attr-defined]
    version = loaded.effective(today)
    if version is None:
        return None
    site = read_public_site(loaded.folder / version.label)
    return Here(loaded, version, site, today)
