"""The years of one patient: coming in, being watched, and everything that gets in between."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from functools import partial

from django.db import transaction

from etasu.registry.audit.actors import Actor
from etasu.registry.authorizations.records import look_for_duplicates
from etasu.registry.monitoring.deciding import extend_monitoring, waive_obligation
from etasu.registry.monitoring.models import Watch
from etasu.registry.notices.wishes import OPTED_OUT, stop
from etasu.registry.patients.actions import close_hold, enroll_patient
from etasu.registry.patients.identifiers import add_identifier
from etasu.registry.patients.models import Hold, Patient
from etasu.registry.patients.transfers import accept_transfer, ask_transfer, offer_transfer
from etasu.registry.reactions import enrollment_ended, hold_opened
from etasu.safe_use.dates import Span, add_months
from etasu.safe_use.obligations import may_cover
from etasu.safe_use.reminding import SMS, address_by
from etasu.site.seed.words import person as person_name
from etasu.site.sim.bodies import Body
from etasu.site.sim.laboratory import AUTHORITY, Laboratory
from etasu.site.sim.moving import home_of, move
from etasu.site.sim.papers import sign
from etasu.site.sim.treating import Treatment
from etasu.site.sim.visits import visit
from etasu.site.sim.world import DAY, Did, Office, Person, World

# Whoever writes from a telephone is known by nothing else.
PATIENTS_OWN = Actor("text message", "patient")
# A few share a name, so that whoever goes by names alone is found out.
NAMESAKES = 12
COMING_IN = 0.4


def begin(world: World, laboratory: Laboratory) -> None:
    """Plan when each patient comes in: over the first part of the time."""
    span = max(30, int(30.4 * world.plan.months * COMING_IN))
    for index in range(world.plan.patients):
        day = world.begins + timedelta(days=world.chance.between(7, span))
        world.on(day, partial(Life(world, laboratory, index).enroll))


class Life:
    """One patient's time in the program."""

    def __init__(self, world: World, laboratory: Laboratory, index: int) -> None:
        self.world, self.laboratory, self.index = world, laboratory, index
        self.person: Person

    def enroll(self) -> None:
        """Come in, and plan what will happen."""
        world, chance = self.world, self.world.chance
        names = [each.name for each in world.people]
        name = chance.pick(names) if names and chance.happens(NAMESAKES) else person_name(chance)
        office = chance.pick(world.offices["prescriber"])
        sex = chance.pick(("female", "female", "female", "male"))
        born = date(world.day.year - chance.between(18, 60), chance.between(1, 12), 1)
        born += timedelta(days=self.index % 28)
        telephone = f"{201 + self.index // 100}-555-01{self.index % 100:02}"
        email = f"p{self.index}@example.org" if chance.happens(50) else ""
        zone = home_of(world, self.index, office)
        reached = {"telephone": telephone, "email": email, "time_zone": zone}
        row = self._register(name, office, sex, born, reached)
        index = len(world.people)
        person = Person(
            index, row.pk, row.number, name, born, sex, self._mrn(), office, world.day, Body(chance)
        )
        person.telephone, person.email, person.time_zone = telephone, email, zone
        self.person = person
        world.people.append(person)
        self._identify(row)
        first = world.day + timedelta(days=chance.between(25, 60))
        Treatment(world, self.laboratory, person, 1, first).plan()
        last = add_months(world.begins, world.plan.months)
        person.body.fall_ill(world.plan.rates.illness, world.day, last)
        world.on(first, self._watch)
        self._plan_events(last)

    def _mrn(self) -> str:
        return f"MRN-{1000 + self.index}"

    def _register(
        self, name: str, office: Office, sex: str, born: date, reached: dict[str, str]
    ) -> Patient:
        def do(at: datetime) -> Did:
            made = enroll_patient(
                self.world.code,
                name,
                prescriber=office.row,
                enrolled_on=self.world.day,
                by=office.actor,
                at=at,
                birth_date=born,
                attributes={"sex": sex},
                **reached,
            )
            return f"by {office.subject}", made

        made: Patient = self.world.act("enroll", f"p{len(self.world.people):03}", do)
        return made

    def _identify(self, row: Patient) -> None:
        office = self.person.prescriber

        def do(at: datetime) -> Did:
            with transaction.atomic():
                add_identifier(row, AUTHORITY, self.person.mrn, by=office.actor, at=at)
                opened = look_for_duplicates([row], by=office.actor, at=at)
            return f"{len(opened)} reviews", opened

        self.world.act("identify", self.person.subject, do, [self.person])

    def _watch(self) -> None:
        """One visit for each month since the first infusion, until nothing is owed any more."""
        world, chance, person = self.world, self.world.chance, self.person
        first, last = person.first_infusion, person.last_infusion
        if person.is_dead:
            return
        if first is None or last is None:
            world.on(world.day + 14 * DAY, self._watch)
            return
        month = round((world.day - first).days / 30.4)
        version = world.shapes.version_on(world.day)
        if version.horizon and world.day > version.horizon.length.after(last) + 45 * DAY:
            return
        is_away = person.gone_on is not None and chance.happens(70)
        if month and not is_away and not chance.happens(world.plan.rates.test_missed):
            self._visit(month)
        next_due = Span(month + 1, version.schedules[next(iter(version.schedules))].every.unit)
        due = next_due.after(first)
        world.on(max(due + timedelta(days=chance.between(-3, 6)), world.day + DAY), self._watch)

    def _visit(self, month: int) -> None:
        world, person = self.world, self.person
        version = world.shapes.version_on(world.day)
        due = [
            each
            for each in version.schedules.values()
            if may_cover(each.applies_to, {"sex": person.sex}) and month % each.every.count == 0
        ]
        visit(world, self.laboratory, person, [each.test for each in due])
        forms = world.shapes.shape_on(world.day).kept_up.items()
        for form, every in forms:
            if month % every.count == 0 and not world.chance.happens(world.plan.rates.form_missed):
                sign(
                    world,
                    form,
                    person,
                    person.prescriber,
                    {"last-infusion-on": person.last_infusion},
                )

    def _plan_events(self, last: date) -> None:
        """What happens to this one, and when."""
        world, rates = self.world, self.world.plan.rates
        plans = (
            (rates.hold, self._hold),
            (rates.transfer, self._transfer),
            (rates.extension, self._extend),
            (rates.waiver, self._waive),
            (rates.says_stop, self._say_stop),
            (rates.moves, partial(move, world, self.person)),
            (rates.leaves, self._leave),
            (rates.dies, self._die),
        )
        for percent, do in plans:
            if world.chance.happens(percent):
                days = world.chance.between(20, max(21, (last - world.day).days))
                world.on(world.day + timedelta(days=days), do)

    def _hold(self) -> None:
        person, office = self.person, self.person.prescriber
        if person.is_dead:
            return

        def do(at: datetime) -> Did:
            reason, day = "An infection is being treated.", self.world.day
            made = hold_opened(
                person.row, "active-infection", reason=reason, on=day, by=office.actor, at=at
            )
            return "active-infection", made

        hold = self.world.act("hold", person.subject, do, [person])
        days = self.world.chance.between(7, 60)
        self.world.on(self.world.day + timedelta(days=days), partial(self._let_go_on, hold))

    def _let_go_on(self, hold: Hold) -> None:
        office = self.person.prescriber

        def do(at: datetime) -> Did:
            row = Hold.objects.select_related("patient").get(pk=hold.pk)
            return "done", close_hold(row, reason="It is over.", by=office.actor, at=at)

        self.world.act("hold-closed", self.person.subject, do, [self.person])

    def _transfer(self) -> None:
        person, world = self.person, self.world
        if person.is_dead or person.gone_on:
            return
        former, to = person.prescriber, world.chance.pick(world.offices["prescriber"])

        def ask(at: datetime) -> Did:
            form = f"transfer of {person.number}"
            return "asked", ask_transfer(person.row, form, on=world.day, by=former.actor, at=at)

        def offer(at: datetime) -> Did:
            by = world.administrator
            return f"to {to.subject}", offer_transfer(asked, to.row, on=world.day, by=by, at=at)

        def accept(at: datetime) -> Did:
            return f"by {to.subject}", accept_transfer(offered, on=world.day, by=to.actor, at=at)

        asked = world.act("transfer", person.subject, ask, [person])
        offered = asked and world.act("transfer", person.subject, offer, [person])
        if offered:
            person.prescriber = to
            if world.act("transfer", person.subject, accept, [person]) is None:
                person.prescriber = former

    def _extend(self) -> None:
        person, office = self.person, self.person.prescriber
        if person.first_infusion is None or person.is_dead:
            return
        through = add_months(self.world.day, self.world.chance.between(6, 72))

        def do(at: datetime) -> Did:
            made = extend_monitoring(
                person.row,
                through=through,
                reason="Antibodies were found.",
                decided_on=self.world.day,
                by=office.actor,
                at=at,
            )
            return f"through {through}", made

        self.world.act("extend", person.subject, do, [person])

    def _waive(self) -> None:
        person, office = self.person, self.person.prescriber
        open_now = Watch.objects.filter(patient=person.pk, open_due_on__isnull=False)
        found = open_now.order_by("code").first()
        if found is None or found.open_due_on is None or person.is_dead:
            return
        due_on = found.open_due_on

        def do(at: datetime) -> Did:
            made = waive_obligation(
                person.row,
                found.code,
                due_on=due_on,
                reason="Done in hospital; the report is on paper.",
                by=office.actor,
                at=at,
            )
            return f"{found.code} {due_on}", made

        self.world.act("waive", person.subject, do, [person])

    def _say_stop(self) -> None:
        """Somebody answers a text message with STOP."""
        person = self.person
        address = address_by(SMS, telephone=person.telephone, email="")

        def do(at: datetime) -> Did:
            made = stop(SMS, address, OPTED_OUT, "reply", by=PATIENTS_OWN, at=at)
            return "sms", made

        self.world.act("stop", person.subject, do, [person])
        self.world.stopped.add((SMS, address))
        self.world.said_stop.add((SMS, address))

    def _leave(self) -> None:
        self._end("withdrew consent")

    def _die(self) -> None:
        if not self.person.is_dead:
            self._end("died")
            self.person.is_dead = True

    def _end(self, reason: str) -> None:
        person, office = self.person, self.person.prescriber
        if person.gone_on is not None:
            return

        def do(at: datetime) -> Did:
            day = self.world.day
            made = enrollment_ended(person.row, on=day, reason=reason, by=office.actor, at=at)
            return reason, made

        if self.world.act("leave", person.subject, do, [person]) is not None:
            person.gone_on = self.world.day
