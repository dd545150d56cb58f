"""What stands around a result: resources it refers to, found in what was sent and nowhere else."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import NamedTuple, TypeVar

from msgspec import Raw

from etasu.interfaces.fhir.elements import Reference, plain
from etasu.interfaces.fhir.problems import Refused
from etasu.interfaces.fhir.reading import kind_of, read
from etasu.interfaces.fhir.resources import Kind, Resource

# `https://records.example.org/fhir/Patient/123/_history/2` and `Patient/123`.
_PLACE = re.compile(r"(?:(\S*)/)?([A-Z][A-Za-z]{1,63})/([A-Za-z0-9.-]{1,64})(?:/_history/\S*)?")
R = TypeVar("R", bound=Resource)


class Place(NamedTuple):
    """Where a reference points: a server, if it names one, the kind of resource and its id."""

    server: str
    kind: str
    id: str


class Neighbor(NamedTuple):
    """A resource that came along: where it stands, which kind it is, and what it says."""

    path: str
    kind: str
    raw: Raw


class Around:
    """The resources of a bundle by the names they go by, and those inside a resource."""

    def __init__(self, neighbors: Iterable[tuple[str | None, Neighbor, str | None]] = ()) -> None:
        self._by_name: dict[str, Neighbor | None] = {}
        # The paths of what somebody referred to.
        self.used: set[str] = set()
        for full_url, neighbor, own_id in neighbors:
            for name in _names(full_url, neighbor.kind, own_id):
                known = self._by_name.setdefault(name, neighbor)
                if known is not None and known.path != neighbor.path:
                    # Two by one name: neither is meant for certain.
                    self._by_name[name] = None

    def anew(self) -> Around:
        """The same, of which nothing was used yet."""
        made = Around()
        made._by_name = self._by_name
        return made

    def inside(self, owner: Resource, path: str) -> Around:
        """The same with what `owner` contains, which goes by `#` and an id."""
        if not owner.contained:
            return self
        made = Around()
        made._by_name, made.used = {**self._by_name}, self.used
        for number, raw in enumerate(owner.contained):
            place = f"{path}.contained[{number}]"
            known = kind_of(raw, place)
            name = f"#{known.id}"
            is_taken = known.id is None or name in made._by_name
            made._by_name[name] = None if is_taken else Neighbor(place, known.resource_type, raw)
        return made

    def find(self, reference: Reference | None) -> Neighbor | None:
        """What a reference points at, if that was sent along."""
        said = plain(reference.reference) if reference is not None else ""
        if not said:
            return None
        found = self._by_name.get(said)
        if found is None and (place := place_of(said)) is not None and not place.server:
            found = self._by_name.get(f"{place.kind}/{place.id}")
        if found is not None:
            self.used.add(found.path)
        return found

    def read(self, reference: Reference | None, kind: str, shape: type[R]) -> R | None:
        """The resource of this kind that a reference points at; None where it cannot be read."""
        found = self.find(reference)
        if found is None or found.kind != kind:
            return None
        try:
            return read(found.raw, shape, found.path)
        except Refused:
            return None


def place_of(reference: str) -> Place | None:
    """A reference taken apart; None for one by another name, such as `urn:uuid:` and `#`."""
    found = _PLACE.fullmatch(reference)
    return Place(found[1] or "", found[2], found[3]) if found else None


def contained_in(owner: Resource, path: str) -> list[tuple[str, Kind, Raw]]:
    """What a resource contains: where it stands, what it is, what it says. Raises Refused."""
    found = ((f"{path}.contained[{n}]", raw) for n, raw in enumerate(owner.contained or ()))
    return [(place, kind_of(raw, place), raw) for place, raw in found]


def _names(full_url: str | None, kind: str, own_id: str | None) -> set[str]:
    names = {f"{kind}/{own_id}"} if own_id else set()
    if full_url:
        names.add(full_url)
        place = place_of(full_url)
        if place is not None and place.kind == kind:
            names.add(f"{kind}/{place.id}")
    return names
