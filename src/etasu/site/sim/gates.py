"""Asking a gate, by either of its two doors: for people, or for machines on prepared statements."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from etasu.registry.authorizations.actions import answer_request
from etasu.registry.authorizations.prepared import Question, answer_prepared
from etasu.registry.authorizations.requests import AuthorizationRequest
from etasu.registry.authorizations.signed import FormAsSigned, SignedRequest
from etasu.registry.reactions import signed_request
from etasu.site.sim.world import Did, Office, Person, Verb, World


class Answer(NamedTuple):
    """What was answered, under which number."""

    number: str
    outcome: str

    @property
    def is_yes(self) -> bool:
        """Whether it opens the gate."""
        return self.outcome == "authorized"


def ask(world: World, person: Person, office: Office, request: AuthorizationRequest) -> Answer:
    """Ask as a person at a page would, or as the office's own system would."""

    def by_hand(at: datetime) -> Did:
        given = answer_request(request, by=office.asker, at=at)
        return _said("people", request, Answer(given.decision.number, given.said["outcome"]))

    def by_machine(at: datetime) -> Did:
        reply = answer_prepared(Question(request, office.api_key, None, b""), at)
        return _said("machines", request, Answer(reply.number, reply.outcome))

    is_machine = world.chance.happens(world.plan.rates.asked_by_machine)
    return _answer(world, person, by_machine if is_machine else by_hand)


def ask_with_form(
    world: World,
    person: Person,
    office: Office,
    request: AuthorizationRequest,
    form: FormAsSigned,
) -> Answer:
    """Ask together with the form signed for it, in one transaction."""

    def do(at: datetime) -> Did:
        given = signed_request(SignedRequest(request, form), by=office.asker, at=at)
        return _said("form", request, Answer(given.decision.number, given.said["outcome"]))

    return _answer(world, person, do)


def _said(how: str, request: AuthorizationRequest, answer: Answer) -> Did:
    return f"{request.gate} {answer.outcome} by {how}", answer


def _answer(world: World, person: Person, verb: Verb) -> Answer:
    made: Answer | None = world.act("ask", person.subject, verb, [person])
    return made or Answer("", "refused")
