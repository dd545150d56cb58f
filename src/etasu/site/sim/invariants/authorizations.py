"""One live authorization for each thing, taken back at once, for those it names, never revived."""

from __future__ import annotations

from collections.abc import Iterator

from etasu.safe_use.requirements import AuthorizedBy
from etasu.site.sim.invariants.look import Look, rows

# What may become of an authorization; whatever is not here is a right that came from nowhere.
AFTER = {
    None: {"live"},
    "live": {"live", "used", "expired", "reversed"},
    "expired": {"expired", "used"},
    "used": {"used"},
    "reversed": {"reversed"},
}

_TWICE = """
SELECT patient_id, gate, course, day, count(*) FROM authorizations_authorization
WHERE state = 'live' AND patient_id = ANY(%s)
GROUP BY patient_id, gate, course, day HAVING count(*) > 1
"""
_TOO_MANY = """
SELECT patient_id, course, count(*), max(course_days) FROM authorizations_authorization
WHERE holds_slot AND day IS NOT NULL AND patient_id = ANY(%s)
GROUP BY patient_id, gate, course HAVING count(*) > max(course_days)
UNION ALL
SELECT d.patient_id, d.course, sum(d.units), max(a.course_days) FROM treatment_dispense d
JOIN authorizations_authorization a ON a.number = d.authorization_number
WHERE d.patient_id = ANY(%s)
GROUP BY d.patient_id, d.course HAVING sum(d.units) > 5
"""


def one_for_each(look: Look) -> Iterator[str]:
    """I2: one live authorization at most for a course or day, no more days than prescribed."""
    for patient, gate, course, day, count in rows(_TWICE, look.ids):
        what = f"course {course}" + (f" day {day}" if day else "")
        yield f"{look.subject(patient)} has {count} live authorizations of {gate} for {what}"
    for patient, course, count, most in rows(_TOO_MANY, look.ids, look.ids):
        yield f"{look.subject(patient)} has {count} of {most} days or vials of course {course}"


_SURVIVING = """
SELECT a.patient_id, a.gate, a.number,
    p.ended_on IS NOT NULL AS left_program,
    EXISTS (SELECT FROM patients_hold h WHERE h.patient_id = p.id AND h.closed_at IS NULL) AS held,
    EXISTS (SELECT FROM participants_participant q
        LEFT JOIN participants_suspension s ON s.participant_id = q.id AND s.lifted_at IS NULL
            AND s.since <= %s AND (s.until IS NULL OR s.until >= %s)
        WHERE (q.id = p.prescriber_id
            OR q.number IN (SELECT value FROM jsonb_each_text(a.names)))
        AND (s.id IS NOT NULL OR q.decertified_on <= %s)) AS stopped,
    a.valid_until < %s AS past
FROM authorizations_authorization a JOIN patients_patient p ON p.id = a.patient_id
WHERE a.state = 'live' AND a.patient_id = ANY(%s)
"""


def none_survives(look: Look) -> Iterator[str]:
    """I3: no authorization open for use outlives leaving, a hold, a stopped site, or its days.

    One that other gates build on is kept while somebody is held or stopped: they ask again.
    """
    world = look.world
    gates = world.shapes.version_on(world.day).gates.values()
    steps = {r.gate for gate in gates for r in gate.requirements if isinstance(r, AuthorizedBy)}
    day, looked = world.day, world.clock_went_round_on
    for patient, gate, _, *why in rows(_SURVIVING, day, day, day, looked, look.ids):
        left, held, stopped, past = why
        named = {"leaving": left, "its last day": past}
        if gate not in steps:
            named |= {"a hold": held, "a stopped participant": stopped}
        for what in (each for each, is_so in named.items() if is_so):
            yield f"{look.subject(patient)} kept an authorization of {gate} after {what}"


_ELSEWHERE = """
SELECT i.patient_id, 'infusion' FROM treatment_infusion i
JOIN authorizations_authorization a ON a.number = i.authorization_number
LEFT JOIN participants_participant f ON f.id = i.facility_id
WHERE i.patient_id = ANY(%s) AND (a.patient_id <> i.patient_id OR a.course <> i.course
    OR a.day IS NULL OR NOT i.given_on BETWEEN a.valid_from AND a.valid_until
    OR a.names->>'facility' IS DISTINCT FROM f.number)
UNION ALL
SELECT d.patient_id, 'dispense' FROM treatment_dispense d
JOIN authorizations_authorization a ON a.number = d.authorization_number
LEFT JOIN participants_participant f ON f.id = d.pharmacy_id
WHERE d.patient_id = ANY(%s) AND (a.patient_id <> d.patient_id OR a.course <> d.course
    OR NOT d.dispensed_on BETWEEN a.valid_from AND a.valid_until
    OR a.names->>'pharmacy' IS DISTINCT FROM f.number)
UNION ALL
SELECT a.patient_id, 'authorization' FROM authorizations_authorization a
JOIN authorizations_decision d ON d.id = a.decision_id
LEFT JOIN participants_participant f ON f.id = d.facility_id
WHERE a.patient_id = ANY(%s) AND (d.patient_id <> a.patient_id OR d.asked_by = ''
    OR d.outcome <> 'authorized' OR a.names->>'facility' IS DISTINCT FROM f.number)
"""


def honored_nowhere_else(look: Look) -> Iterator[str]:
    """I4: an authorization says who, where, which course and which days, and is used only so."""
    for patient, what in rows(_ELSEWHERE, look.ids, look.ids, look.ids):
        yield f"{look.subject(patient)} has an {what} that is not as it was authorized"


_RIGHTS = """
SELECT 'authorization', number, state FROM authorizations_authorization WHERE patient_id = ANY(%s)
UNION ALL
SELECT 'hold', id::text, CASE WHEN closed_at IS NULL THEN 'live' ELSE 'used' END
FROM patients_hold WHERE patient_id = ANY(%s)
UNION ALL
SELECT 'enrollment', number, CASE WHEN ended_on IS NULL THEN 'live' ELSE 'used' END
FROM patients_patient WHERE id = ANY(%s)
"""


def never_revived(look: Look) -> Iterator[str]:
    """I13: whatever the clock says, a right that is over never comes back by itself."""
    for what, number, state in rows(_RIGHTS, look.ids, look.ids, look.ids):
        before = look.marks.get(f"I13 {number}")
        if state not in AFTER[before]:
            yield f"an {what} that was {before} is {state} again"
        look.marks[f"I13 {number}"] = state
