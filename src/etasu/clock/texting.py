"""Handing text messages to providers: the first that takes one has it, and no two of them do.

A provider is whatever answers `hand_over`. The site says which there are; this decides whom to ask.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from time import monotonic
from typing import NamedTuple, Protocol

# One that did not answer is asked again after so long.
SECONDS_OF_REST = 60
# What is said of a message nobody was asked about, as everybody rests.
NOBODY = "no-provider-answers"


class TextMessage(NamedTuple):
    """A text message. A provider that gets the same number twice sends it once."""

    number: str
    to: str
    words: str


class NotTaken(Exception):
    """A provider did not take a message.

    `code` is a kind and a number, never a provider's words. It is `final` when no provider would
    take it, as for a telephone number that does not exist. `unsure` of a provider that said nothing
    and may have it all the same; `may_have_it` is then that provider's name.
    """

    def __init__(
        self, code: str, *, final: bool = False, opted_out: bool = False, unsure: bool = False
    ) -> None:
        super().__init__(code)
        self.code, self.final, self.opted_out, self.unsure = code, final, opted_out, unsure
        self.may_have_it = ""


class Provider(Protocol):
    """Somebody who sends text messages."""

    @property
    def name(self) -> str:
        """What the record calls it."""

    def hand_over(self, message: TextMessage) -> str:
        """The provider's own number of the message it took; raises NotTaken."""


class Texting:
    """The providers of a site, the preferred one first, and which of them does not answer now."""

    def __init__(
        self, providers: Sequence[Provider], *, now: Callable[[], float] = monotonic
    ) -> None:
        self._providers = {each.name: each for each in providers}
        self._now = now
        self._rests_until: dict[str, float] = {}
        self._silences: dict[str, _Silence] = {}

    def hand_over(
        self, message: TextMessage, *, asked_before: str = "", begin: Callable[[str], bool]
    ) -> str:
        """The number under which somebody has it; raises NotTaken when nobody took it.

        `begin` is told whom is asked next, before that happens, and may say no. Who was asked
        before, and may have it, is asked again before anybody else: they know it by its number.
        Somebody else is asked only after a sure refusal, or once that one is down.
        """
        trouble, may_have_it = NotTaken(NOBODY), asked_before
        for provider in self._in_order(asked_before):
            if not begin(provider.name):
                raise NotTaken("somebody-else-sends-it")
            try:
                return self._ask(provider, message)
            except NotTaken as refused:
                if refused.final:
                    raise
                trouble = refused
                if refused.unsure:
                    may_have_it = provider.name
                elif may_have_it == provider.name:
                    may_have_it = ""
            is_known_down = provider.name == asked_before and self._is_down(provider.name)
            if trouble.unsure and not is_known_down:
                break
        trouble.may_have_it = may_have_it
        raise trouble

    def _in_order(self, asked_before: str) -> list[Provider]:
        """Those that do not rest, first the one that may have it: alone while it may answer."""
        if self._rests(asked_before) and not self._is_down(asked_before):
            return []
        names = [name for name in self._providers if not self._rests(name)]
        names.sort(key=lambda name: name != asked_before)
        return [self._providers[name] for name in names]

    def _ask(self, provider: Provider, message: TextMessage) -> str:
        """Ask one, and note how it behaved. It rests unless its no was for this message alone."""
        name = provider.name
        try:
            number = provider.hand_over(message)
        except NotTaken as refused:
            now = self._now()
            if not refused.unsure:
                self._silences.pop(name, None)
            else:
                known = self._silences.get(name)
                self._silences[name] = _Silence(known.since if known else now, now)
            if not refused.final:
                self._rests_until[name] = now + SECONDS_OF_REST
            raise
        self._silences.pop(name, None)
        return number

    def _is_down(self, name: str) -> bool:
        """Whether it said nothing whenever it was asked, for at least a minute."""
        silence = self._silences.get(name)
        return silence is not None and silence.last - silence.since >= SECONDS_OF_REST

    def _rests(self, name: str) -> bool:
        return self._now() < self._rests_until.get(name, float("-inf"))


class _Silence(NamedTuple):
    """How long somebody has said nothing: the first and the last time that was found."""

    since: float
    last: float
