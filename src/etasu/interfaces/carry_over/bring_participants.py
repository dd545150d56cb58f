"""Prescribers, facilities, pharmacies and the people who act for them, brought in."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any, NamedTuple

from etasu.interfaces.carry_over.reasons import Fault, Reason, Remark
from etasu.interfaces.carry_over.rows import (
    Row,
    Site,
    Values,
    own_last_day,
    steps_to_carry,
    version_then,
)
from etasu.interfaces.carry_over.work import (
    PARTICIPANT,
    Lookup,
    Outcome,
    Reference,
    Work,
    unfit,
)
from etasu.registry.accounts.bulk import PersonToCarry, carry_over_users, users_by_email
from etasu.registry.participants.bulk import (
    OWN_ROLE,
    ParticipantToCarry,
    StepToCarry,
    carry_over_members,
    carry_over_participants,
    carry_over_steps,
    may_act_as,
    participants_by_identifier,
    participants_by_number,
    recognize_participants,
)
from etasu.registry.participants.zones import zone_of_zip
from etasu.safe_use.certification import Certified
from etasu.safe_use.program import Party

# Columns of a row that are columns of a participant.
_AS_THEY_ARE = (
    *("npi", "dea", "ncpdp", "specialty", "city", "state", "zip_code", "telephone"),
    *("setting", "suspended_from", "suspended_until", "decertified_on", "representative_left_on"),
)
# By which identifier a participant of each kind may be here already. Sites of one organization may
# share an NPI, so a facility is only known by its name and ZIP code as well.
_IDENTIFIER = {"prescriber": "npi", "pharmacy": "ncpdp", "facility": "npi"}


class Person(NamedTuple):
    """Somebody a row names who is to sign in for a participant."""

    row: Row
    email: str
    name: str
    role: str
    participant: Any


def bring_participants(rows: Sequence[Row], work: Work) -> Outcome:
    """Each with its standing, and a sign-in for the person its row names."""
    outcome = Outcome("participants")
    here = _here_already(rows)

    def fit(row: Row) -> ParticipantToCarry:
        carried = to_carry(row.values, work.site)
        known = _counterpart(row.values, here)
        if known is not None and not _is_same(known, carried):
            column = _IDENTIFIER[row.values["kind"]]
            raise unfit(row, column, Reason.HERE_ALREADY_DIFFERS)
        return carried

    found: list[tuple[Row, Any]] = []
    new = []
    for row, carried in outcome.sift(rows, fit):
        known = _counterpart(row.values, here)
        if known is None:
            new.append((row, carried))
        else:
            outcome.recognize(row, known.number)
            found.append((row, known))
    recognize_participants((each for _, each in found), work.source, by=work.by, at=work.at)
    made = carry_over_participants([c for _, c in new], work.source, by=work.by, at=work.at)
    for (row, _), participant in zip(new, made, strict=True):
        outcome.bring(row, participant.number)
        found.append((row, participant))
    people = [person for pair in found if (person := _named_by(*pair)) is not None]
    for person in give_sign_ins(people, work):
        outcome.remarks.append(Fault(person.row.number, "email", Remark.NO_SIGN_IN))
    return outcome


def bring_staff(rows: Sequence[Row], work: Work) -> Outcome:
    """Each as a member who acts in the role; whoever does so already stays so."""
    outcome = Outcome("staff")
    reference = Reference("participant", "participants", *PARTICIPANT)
    lookup = Lookup(work, rows, [reference], participants_by_number)

    def fit(row: Row) -> Person:
        participant = lookup.find(row, "participant")
        values = row.values
        if not may_act_as(values["role"], participant.kind):
            raise unfit(row, "role", Reason.OTHER_KIND)
        return Person(row, values["email"], values["name"], values["role"], participant)

    people = [person for _, person in outcome.sift(rows, fit)]
    refused = {person.row.number for person in give_sign_ins(people, work)}
    users = users_by_email({person.email for person in people})
    for person in people:
        if person.row.number in refused:
            outcome.explained.append(
                Fault(person.row.number, "email", Reason.EMAIL_OF_SOMEBODY_ELSE)
            )
        else:
            outcome.bring(person.row, users[person.email].number)
    return outcome


def bring_steps(rows: Sequence[Row], work: Work) -> Outcome:
    """Each step toward a certification as done there; one that is done is not asked for again."""
    outcome = Outcome("steps")
    reference = Reference("participant", "participants", *PARTICIPANT)
    lookup = Lookup(work, rows, [reference], participants_by_number)

    def fit(row: Row) -> StepToCarry:
        participant, values = lookup.find(row, "participant"), row.values
        version = version_then(values, "done_on", work.site)
        assert version is not None  # a row of an unknown program has a fault
        party = version.parties.get(participant.kind)
        if party is None or values["step"] not in steps_to_carry(party):
            raise unfit(row, "step", Reason.OTHER_KIND)
        return StepToCarry(participant, values["step"], values["done_on"], version.label)

    found = outcome.sift(rows, fit)
    carry_over_steps([step for _, step in found], work.source, by=work.by, at=work.at)
    for row, step in found:
        outcome.bring(row, step.participant.number)
    return outcome


def give_sign_ins(people: Sequence[Person], work: Work) -> list[Person]:
    """A sign-in and a membership for each; those whose address another person signs in with.

    An address stands for a person only together with the name.
    """
    known = users_by_email({person.email for person in people})
    names = {email: user.full_name for email, user in known.items()}
    new: dict[str, PersonToCarry] = {}
    others = []
    for person in people:
        name = names.setdefault(person.email, person.name)
        if name.casefold() != person.name.casefold():
            others.append(person)
        elif person.email not in known:
            zone = person.participant.time_zone
            new.setdefault(person.email, PersonToCarry(person.email, person.name, zone))
    made = carry_over_users(list(new.values()), work.source, by=work.by, at=work.at)
    known |= {user.email: user for user in made}
    refused = {person.row.number for person in others}
    members = [
        (known[person.email], person.participant, person.role)
        for person in people
        if person.row.number not in refused
    ]
    carry_over_members(members, work.source, by=work.by, at=work.at)
    return others


def to_carry(values: Values, site: Site) -> ParticipantToCarry:
    """The row as the registry takes it."""
    version = site.version(values["program"])
    assert version is not None  # a row of an unknown program has a fault
    party = version.parties[values["kind"]]
    details = {name: values[name] for name in _AS_THEY_ARE if name in values}
    details["time_zone"] = zone_of(values)
    begins = values.get("certified_from")
    then = site.programs.effective(values["program"], begins) if begins else None
    return ParticipantToCarry(
        program=values["program"],
        party=party,
        name=values["name"],
        details=details,
        certified=Certified(begins, last_day(party, begins, values)) if begins else None,
        channel=values.get("channel", "other"),
        program_version=then.label if then else "",
    )


def last_day(party: Party, begins: date, values: Values) -> date | None:
    """The last day of a certification: as given there, but never later than the program's own."""
    own = own_last_day(party, begins)
    stated: date | None = values.get("certified_until")
    return min(own, stated) if own and stated else own or stated


def zone_of(values: Values) -> str:
    """The time zone of the ZIP code; that of the East where there is none."""
    return zone_of_zip(values.get("zip_code") or "")


def _identity(values: Values) -> tuple[str, str, str] | None:
    column = _IDENTIFIER.get(values["kind"])
    value = values.get(column) if column else None
    return (values["program"], values["kind"], value) if value else None


def _here_already(rows: Iterable[Row]) -> Mapping[Any, Sequence[Any]]:
    """Participants on record under the identifiers of these rows, by that identity."""
    wanted: dict[tuple[str, str], set[str]] = defaultdict(set)
    for row in rows:
        identity = _identity(row.values)
        if identity is not None:
            wanted[identity[:2]].add(identity[2])
    found = defaultdict(list)
    for (program, kind), values in wanted.items():
        column = _IDENTIFIER[kind]
        for participant in participants_by_identifier(program, kind, column, values):
            found[program, kind, getattr(participant, column)].append(participant)
    return found


def _counterpart(values: Values, here: Mapping[Any, Sequence[Any]]) -> Any:
    """Who is on record for the row; None when nobody is."""
    for known in here.get(_identity(values), ()):
        is_site = known.kind == "facility"
        if not is_site or (_folded(known.name), known.zip_code[:5]) == (
            _folded(values["name"]),
            values.get("zip_code", "")[:5],
        ):
            return known
    return None


def _folded(name: str) -> str:
    return " ".join(name.split()).casefold()


def _is_same(known: Any, carried: ParticipantToCarry) -> bool:
    """Whether the one on record is the one of the row, with the same certification."""
    given = carried.certified
    days = (given.begins, given.ends) if given else (None, None)
    same_name = _folded(known.name) == _folded(carried.name)
    return same_name and days == (known.certified_from, known.certified_until)


def _named_by(row: Row, participant: Any) -> Person | None:
    email, role = row.values.get("email"), OWN_ROLE.get(participant.kind)
    if not email or role is None:
        return None
    name = row.values.get("representative") or row.values["name"]
    return Person(row, email, name, role, participant)
