"""A participant's story: registered, certified step by step, renewed, suspended, and asked after.

The story computes every standing the way the registry does, and can say what the gate would have
read on any earlier day.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from etasu.registry.participants.facts import party_record
from etasu.registry.participants.models import Participant
from etasu.safe_use.certification import (
    CertificationFacts,
    Certified,
    certified_period,
    next_certification,
)
from etasu.safe_use.program import Party, StepKind
from etasu.site.seed.desk import BY, Desk, Subject, Voice, sign
from etasu.site.seed.identifiers import dea, ncpdp, npi
from etasu.site.seed.people import enlist
from etasu.site.seed.rows import moment
from etasu.site.seed.words import Place

_CERTIFIED = ("certified_from", "certified_until")


class ParticipantStory:
    """One participant and its people: the first of them asks the gates, the last leads it."""

    def __init__(self, desk: Desk, row: Participant, people: Sequence[Voice]) -> None:
        self.desk = desk
        self.row = row
        self.people = people
        self._known: list[tuple[date, dict[str, Any]]] = []
        self._newest: Certified | None = None

    @property
    def id(self) -> int:
        """The row's id."""
        return self.row.pk

    @property
    def number(self) -> str:
        """The number people see."""
        return self.row.number

    @property
    def voice(self) -> Voice:
        """Who asks the gates for the participant."""
        return self.people[0]

    @property
    def party(self) -> Party:
        """How the program certifies this kind now."""
        return self.desk.version_on(self.desk.today).parties[self.row.kind]

    def record_on(self, day: date) -> dict[str, Any]:
        """What the gate read about the participant at the end of that day."""
        known = [record for since, record in self._known if since <= day]
        return known[-1] if known else self._known[0][1]

    def is_certified_on(self, day: date) -> bool:
        """Whether the participant was certified that day, as known then, and not stopped."""
        record, said = self.record_on(day), day.isoformat()
        begins, ends = (record[name] for name in _CERTIFIED)
        stopped, until = record["suspended_from"], record["suspended_until"]
        suspended = stopped is not None and stopped <= said and (until is None or said <= until)
        decertified = record["decertified_on"]
        over = decertified is not None and decertified <= said
        begun = begins is not None and begins <= said and (ends is None or said <= ends)
        return begun and not suspended and not over

    def remember(self, since: date) -> None:
        """From this day on the gate reads what the row says now."""
        record = party_record(self.row)
        if record is not None:
            self._known.append((since, record))

    def do_steps(self, on: date, how_many: int | None = None) -> None:
        """Do the first steps, or all of them, which certifies from that day."""
        version = self.desk.version_on(on)
        party = version.parties.get(self.row.kind, self.party)
        steps = party.steps if how_many is None else party.steps[:how_many]
        at = moment(on, 15)
        for step in steps:
            self.desk.sheets.add(
                "participants_step_done", self.id, step.code, on, version.label, at, BY
            )
            self._note(at, "step_done", step=step.code, on=on.isoformat())
            if step.kind is StepKind.SIGN and step.form is not None and self.people:
                head, known = self.people[-1], self._known_as
                sign(self.desk, step.form, self._subject, by=head, at=at, known=known)
        if how_many is None and steps:
            self._certify(party, on, version.label, at)

    def suspend(self, since: date, until: date | None) -> None:
        """Suspended from one day, until lifted or through another."""
        self._change(since, "suspended", suspended_from=since, suspended_until=until)

    def lift(self, on: date) -> None:
        """The suspension is over."""
        self._change(on, "suspension_lifted", suspended_from=None, suspended_until=None)

    def decertify(self, on: date) -> None:
        """The certification is taken away."""
        self._change(on, "decertified", decertified_on=on)

    def lose_representative(self, on: date) -> None:
        """The authorized representative leaves; the program's grace runs."""
        self._change(on, "representative_left", representative_left_on=on)
        self._compute(on)

    def write(self) -> None:
        """Write down the participant as it stands at the end."""
        self.row.standing_as_of = self.desk.at
        fields = [getattr(self.row, name) for name in _FIELDS]
        self.desk.sheets.add("participants_participant", *fields)

    @property
    def _subject(self) -> Subject:
        return Subject("participant", self.id, self.number)

    @property
    def _known_as(self) -> dict[str, Any]:
        row = self.row
        known = {"npi": row.npi, "dea": row.dea, "ncpdp": row.ncpdp, "phone": row.telephone}
        known |= {f"{row.kind}-name": row.name, "representative-name": self.people[-1].name}
        return {key: value for key, value in known.items() if value}

    def _certify(self, party: Party, on: date, label: str, at: datetime) -> None:
        ends = next_certification(party, CertificationFacts({}), on).ends
        self._newest = Certified(on, ends)
        self.desk.sheets.add("participants_certification", self.id, on, ends, label, at, BY)
        self._note(at, "certified", **{"from": str(on), "until": str(ends)})
        self._compute(on)

    def _compute(self, on: date) -> None:
        facts = CertificationFacts(
            {},
            [self._newest] if self._newest else (),
            representative_left_on=self.row.representative_left_on,
        )
        begins, ends = certified_period(self.party, facts)
        self.row.certified_from, self.row.certified_until = begins, ends
        self.remember(on)

    def _change(self, on: date, verb: str, **changes: date | None) -> None:
        for name, value in changes.items():
            setattr(self.row, name, value)
        after = {name: str(value) for name, value in changes.items()}
        self._note(moment(on, 14), verb, after=after)
        self.row.revision += 1
        self.remember(on)

    def _note(self, at: datetime, verb: str, **detail: Any) -> None:
        self.desk.sheets.note(at, f"participant.{verb}", "participant", self.number, **detail)


_FIELDS = tuple(
    """id number program kind name npi dea ncpdp setting specialty city state zip_code telephone
    time_zone certified_from certified_until suspended_from suspended_until decertified_on
    representative_left_on standing_as_of registered_at registered_by revision""".split()
)


def registered(
    desk: Desk, kind: str, name: str, on: date, place: Place, people: Sequence[Voice]
) -> ParticipantStory:
    """A participant of that kind, not yet certified; the first of its people asks the gates.

    The last of them leads it and signs its forms; there may be none.
    """
    party = desk.version_on(desk.today).parties[kind]
    index = desk.ids.next("participants_participant")
    made = {"npi": npi(index), "dea": dea(index), "ncpdp": ncpdp(index)}
    at = moment(on, 13)
    row = Participant(
        id=index,
        number=desk.numbers.next(),
        program=desk.code,
        kind=kind,
        name=name,
        setting=party.settings[index % len(party.settings)] if party.settings else None,
        registered_at=at,
        registered_by=BY,
        **{key: value for key, value in made.items() if key in party.identifiers},
        **{key: getattr(place, key) for key in Place.__slots__},
    )
    story = ParticipantStory(desk, row, people)
    story.remember(on)
    desk.sheets.note(at, "participant.registered", "participant", row.number, kind=kind)
    for voice in people:
        enlist(desk, voice, row, at)
    return story
