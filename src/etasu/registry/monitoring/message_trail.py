"""What the trail says of a message from a laboratory."""

from __future__ import annotations

from etasu.registry.audit.bulk import Told
from etasu.registry.monitoring.matching import Person
from etasu.registry.monitoring.planning import Planned


def told(message: Planned) -> Told:
    """The entry of one message: about its patient, or about itself where there are more or none."""
    incoming, people, counts = message.incoming, _people(message), message.counts()
    detail = {
        "wire": incoming.received.wire,
        "answer": str(message.answer),
        **{kept.value: count for kept, count in counts.items()},
    }
    if incoming.connection is not None:
        detail["connection"] = incoming.connection.number
    if len(people) == 1:
        detail["message"] = message.number
        return Told("results.received", "patient", people[0].number, detail)
    if people:
        detail["patients"] = [each.number for each in people]
    return Told("results.received", "lab_message", message.number, detail)


def _people(message: Planned) -> list[Person]:
    found = {
        report.match.person.id: report.match.person
        for report in message.reports
        if report.match.person is not None
    }
    return list(found.values())
