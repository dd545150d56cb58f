"""What a program says, in the language of the page where it has it, with the language named."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from etasu.portals.language import page_language
from etasu.programs.public_site import PublicSite
from etasu.safe_use.entries import Entry
from etasu.safe_use.program import Party, ProgramVersion, Step, spoken_in


class Words(NamedTuple):
    """A short text; `lang` names its language where that is not the page's."""

    text: str
    lang: str = ""


class Text(NamedTuple):
    """A heading and its paragraphs, with where they come from."""

    code: str
    title: str
    paragraphs: tuple[str, ...]
    lang: str
    sources: Sequence[Words]
    is_verified: bool


class Speaker:
    """Says what one program version says, in the language of the page, which is `language`."""

    def __init__(self, site: PublicSite, version: ProgramVersion) -> None:
        self._site = site
        self.language = page_language()
        parties = version.parties.values()
        entries: list[Party | Step] = [*parties]
        entries += [step for party in parties for step in party.steps]
        found = ((each.name, spoken_in(each, self.language)) for each in entries)
        self._names = {english: said.name for english, said in found if said is not None}

    def text(self, entry: Entry | None) -> Text | None:
        """The entry as the page shows it; None for none."""
        if entry is None:
            return None
        said, lang = self._site.said(entry, self.language)
        title, text = getattr(said, "title", ""), getattr(said, "text", ())
        sources = self.sources(said.source)
        return Text(said.code, title, text, self.other(lang), sources, said.verified)

    def texts(self, entries: Iterable[Entry]) -> list[Text]:
        """Every entry as the page shows it."""
        return [found for each in entries if (found := self.text(each)) is not None]

    def lines(self, entry: Entry | None, field: str) -> list[Words]:
        """A field of the entry that is a list of lines."""
        if entry is None:
            return []
        said, lang = self._site.said(entry, self.language)
        return [Words(line, self.other(lang)) for line in getattr(said, field)]

    def name(self, english: str) -> Words:
        """A name that stands in another file of the program."""
        if english in self._names:
            return Words(self._names[english])
        said, lang = self._site.name(english, self.language)
        return Words(said, self.other(lang))

    def sources(self, source: str) -> list[Words]:
        """What a source names, one after the other."""
        found = self._site.sources(source, self.language)
        return [Words(said, self.other(lang)) for said, lang in found]

    def other(self, language: str) -> str:
        """The language, where it is not the page's: what `lang` says there."""
        return "" if language == self.language else language
