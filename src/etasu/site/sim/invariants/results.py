"""What came in is all there, and everybody's results are their own."""

from __future__ import annotations

from collections.abc import Iterator

from etasu.site.sim.invariants.look import Look, rows

_CAME_IN = """
SELECT m.id, m.control_id, m.answer, m.items, m.stored + m.quarantined + m.rejected,
    (SELECT count(*) FROM monitoring_report r JOIN monitoring_item i ON i.report_id = r.id
        WHERE r.message_id = m.id)
FROM monitoring_message m WHERE m.id > %s ORDER BY m.id
"""


def nothing_is_lost(look: Look) -> Iterator[str]:
    """I6: every item that was sent is stored, quarantined or rejected; a message counts once."""
    ledger = look.world.ledger.sent
    accepted: dict[str, int] = {}
    mark = 0 if look.is_everybody else look.marks.get("I6", 0)
    for number, control_id, answer, items, told, there in rows(_CAME_IN, mark):
        look.marks["I6"] = max(number, look.marks.get("I6", 0))
        sent = ledger.get(control_id)
        if sent is None or not sent.is_readable:
            continue
        if not sent.items == items == told == there:
            yield f"{control_id} had {sent.items} items, of which {there} are there"
        accepted[control_id] = accepted.get(control_id, 0) + (answer == "AA")
    for control_id, count in accepted.items():
        if count > 1:
            yield f"{control_id} was taken in {count} times"
    if look.is_everybody:
        yield from (
            f"{each.control_id} was acknowledged and is not there"
            for each in ledger.values()
            if each.is_readable and "AA" in each.answers and not accepted.get(each.control_id)
        )


_WHOSE = """
SELECT result.id, result.patient_id, m.control_id FROM monitoring_result result
JOIN monitoring_report r ON r.id = result.report_id
JOIN monitoring_message m ON m.id = r.message_id
WHERE result.id > %s AND (m.control_id <> '') AND result.derived_from IS NULL
"""
_MIXED = """
SELECT DISTINCT panel.patient_id FROM monitoring_result panel
CROSS JOIN LATERAL jsonb_array_elements(panel.derived_from) part
JOIN monitoring_result result ON result.id = part::bigint
WHERE panel.id > %s AND panel.derived_from IS NOT NULL
    AND (result.patient_id <> panel.patient_id OR result.collected_on <> panel.collected_on)
"""


def results_are_ones_own(look: Look) -> Iterator[str]:
    """I8: no result is kept for anybody but whom its identifiers name, or somebody who asked chose.

    So no result closes an obligation of another patient; that obligations rest on nothing but the
    patient's own results is looked at with I7.
    """
    ledger, mark = look.world.ledger, 0 if look.is_everybody else look.marks.get("I8", 0)
    by_index = {each.index: each.pk for each in look.world.people}
    for result, patient, control_id in rows(_WHOSE, mark):
        look.marks["I8"] = max(result, look.marks.get("I8", 0))
        belongs_to = ledger.belongs_to(control_id)
        if belongs_to is None or by_index[belongs_to] != patient:
            yield f"{look.subject(patient)} has a result of {control_id}, which is not theirs"
    for (patient,) in rows(_MIXED, mark):
        yield f"{look.subject(patient)} has a panel made of somebody else's results"
