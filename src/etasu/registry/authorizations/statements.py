"""The prepared statements of the machine door, and how their parameters are numbered.

A statement is written with named parameters, `%(name)s::type`, and sent with `$1`, `$2`: each name
is one parameter however often it occurs. All values travel as text.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from etasu.registry.authorizations.identity import IN_QUESTION


class Statement(NamedTuple):
    """A statement as the database prepares it, and its parameters in order."""

    name: bytes
    sql: bytes
    parameters: tuple[str, ...]


def statement(name: str, sql: str) -> Statement:
    """The statement with its named parameters numbered in the order they first occur."""
    names: dict[str, int] = {}

    def numbered(found: re.Match[str]) -> str:
        return f"${names.setdefault(found[1], len(names) + 1)}"

    sent = re.sub(r"%\((\w+)\)s", numbered, sql)
    return Statement(name.encode(), sent.encode(), tuple(names))


# Who asks, the answer already given for the key, whom it is about, and the whole facts record.
# Of several roles the one that may ask this gate is taken, then the one for the site named.
# Of results and forms everything of the newest day is read: a contradiction must not be hidden.
# `records` are the ids behind the patient: the one answered for, and those merged into it.
READ = statement(
    "read",
    """
WITH asker AS MATERIALIZED (
    SELECT u.number AS actor, u.time_zone AS user_zone, m.role, m.program,
           o.id AS participant_id, o.number AS participant, o.kind, o.time_zone
    FROM accounts_api_key k
    JOIN accounts_user u ON u.id = k.user_id AND u.is_active
    JOIN participants_membership m ON m.user_id = u.id AND m.ended_at IS NULL
    LEFT JOIN participants_participant o ON o.id = m.participant_id
    WHERE k.key_hash = %(key_hash)s::bytea AND k.revoked_at IS NULL
    ORDER BY m.program = %(program)s::text DESC, m.role = ANY(%(asked_by)s::text[]) DESC,
        coalesce(o.number IN (%(facility)s::text, %(pharmacy)s::text), false) DESC, m.id
    LIMIT 1
), patient AS MATERIALIZED (
    SELECT p.*, b.records,
        (SELECT max(i.course) FROM treatment_infusion i
         WHERE i.patient_id = ANY(b.records) AND i.struck_at IS NULL) AS newest_course
    FROM patients_patient n
    JOIN patients_patient p ON p.id = coalesce(n.merged_into_id, n.id),
    LATERAL (SELECT array_agg(m.id) || p.id AS records FROM patients_patient m
        WHERE m.merged_into_id = p.id) b
    WHERE n.number = %(patient)s::text AND n.program = %(program)s::text
), wanted AS MATERIALIZED (
    SELECT p.id,
        coalesce(%(facility)s::text, CASE WHEN a.kind = 'facility' THEN a.participant END,
            (SELECT z.names->>'facility' FROM authorizations_authorization z
             WHERE z.patient_id = ANY(p.records) AND z.state = 'live' AND z.names ? 'facility'
             ORDER BY z.id DESC LIMIT 1)) AS facility,
        coalesce(%(pharmacy)s::text, CASE WHEN a.kind = 'pharmacy' THEN a.participant END,
            (SELECT z.names->>'pharmacy' FROM authorizations_authorization z
             WHERE z.patient_id = ANY(p.records) AND z.state = 'live' AND z.names ? 'pharmacy'
             ORDER BY z.id DESC LIMIT 1)) AS pharmacy,
        array_remove(ARRAY[%(on)s::date, (SELECT min(i.given_on) FROM treatment_infusion i
            WHERE i.patient_id = ANY(p.records) AND i.course = p.newest_course
                AND i.struck_at IS NULL
            HAVING min(i.given_on) < %(on)s::date)], NULL) AS days,
        coalesce(%(course)s::int, p.newest_course, 0) AS since_course
    FROM patient p, asker a
)
SELECT a.actor, a.role, a.program, a.participant_id, a.participant, a.kind AS participant_kind,
    coalesce(a.time_zone, a.user_zone) AS time_zone,
    k.request_hash AS known_hash, d.answer AS known_answer,
    p.id AS patient_id, p.number AS patient, p.revision AS patient_revision, p.prescriber_id,
    pr.number AS prescriber, pr.revision AS prescriber_revision,
    f.id AS facility_id, f.number AS facility, f.revision AS facility_revision,
    f.kind AS facility_kind,
    ph.id AS pharmacy_id, ph.number AS pharmacy, ph.revision AS pharmacy_revision,
    ph.kind AS pharmacy_kind,
    json_build_object('parties', json_build_object(
        'prescriber', CASE WHEN pr.id IS NOT NULL THEN json_build_object(
            'id', pr.number, 'certified_from', pr.certified_from,
            'certified_until', pr.certified_until, 'suspended_from', pr.suspended_from,
            'suspended_until', pr.suspended_until, 'decertified_on', pr.decertified_on,
            'setting', pr.setting) END,
        'facility', CASE WHEN f.id IS NOT NULL THEN json_build_object(
            'id', f.number, 'certified_from', f.certified_from,
            'certified_until', f.certified_until, 'suspended_from', f.suspended_from,
            'suspended_until', f.suspended_until, 'decertified_on', f.decertified_on,
            'setting', f.setting) END,
        'pharmacy', CASE WHEN ph.id IS NOT NULL THEN json_build_object(
            'id', ph.number, 'certified_from', ph.certified_from,
            'certified_until', ph.certified_until, 'suspended_from', ph.suspended_from,
            'suspended_until', ph.suspended_until, 'decertified_on', ph.decertified_on,
            'setting', ph.setting) END),
    'patient', json_build_object('id', p.number, 'birth_date', p.birth_date,
        'enrolled_on', p.enrolled_on, 'ended_on', p.ended_on, 'end_reason', p.end_reason,
        'attributes', p.attributes,
        'holds', coalesce((SELECT json_agg(json_build_object('code', h.code,
                'opened_on', h.opened_on) ORDER BY h.opened_on, h.id)
            FROM patients_hold h WHERE h.patient_id = ANY(p.records) AND h.closed_at IS NULL),
            '[]'::json),
        'in_question', """
    + IN_QUESTION.format(records="p.records")
    + """),
    'forms', coalesce((SELECT json_agg(json_build_object('form', s.form, 'signed_on',
            s.signed_on, 'course', s.course, 'answers', s.gate_answers)
            ORDER BY s.form, s.course NULLS LAST, s.id)
        FROM (SELECT id, form, course, signed_on, gate_answers,
                rank() OVER (PARTITION BY form, course ORDER BY signed_on DESC) AS place
            FROM submissions_signed_form
            WHERE subject_id = ANY(p.records) AND subject_kind = 'patient'
                AND form = ANY(%(forms)s::text[]) AND signed_on <= %(on)s::date) s
        WHERE s.place = 1), '[]'::json),
    'results', coalesce((SELECT json_agg(json_build_object('test', r.test, 'collected_on',
            r.collected_on, 'value', r.value, 'unit', r.unit)
            ORDER BY r.test, r.collected_on, r.id)
        FROM (SELECT DISTINCT x.id, x.test, x.collected_on, x.value, x.unit
            FROM unnest(%(tests)s::text[]) AS wanted_test, unnest(w.days) AS day,
            LATERAL (SELECT id, test, collected_on, value, unit FROM monitoring_result
                WHERE patient_id = ANY(p.records) AND test = wanted_test AND replaced_at IS NULL
                    AND collected_on <= day
                ORDER BY collected_on DESC FETCH FIRST 1 ROW WITH TIES) x) r), '[]'::json),
    'infusions', coalesce((SELECT json_agg(json_build_object('course', i.course,
            'given_on', i.given_on) ORDER BY i.given_on, i.id)
        FROM treatment_infusion i
        WHERE i.patient_id = ANY(p.records) AND i.struck_at IS NULL), '[]'::json),
    'authorizations', coalesce((SELECT json_agg(json_build_object('gate', z.gate,
            'number', z.number, 'course', z.course, 'day', z.day, 'state', z.state,
            'valid_from', z.valid_from, 'valid_until', z.valid_until, 'names', z.names)
            ORDER BY z.id)
        FROM authorizations_authorization z
        WHERE z.patient_id = ANY(p.records) AND z.holds_slot
            AND (z.state = 'live' OR z.course IS NULL OR z.course >= w.since_course)),
        '[]'::json))::text AS record
FROM asker a
LEFT JOIN authorizations_idempotency_key k
    ON k.actor = a.actor AND k.key = %(idempotency_key)s::text
LEFT JOIN authorizations_decision d ON d.id = k.decision_id
LEFT JOIN patient p ON true
LEFT JOIN wanted w ON w.id = p.id
LEFT JOIN participants_participant pr ON pr.id = p.prescriber_id
LEFT JOIN participants_participant f ON f.number = w.facility AND f.program = p.program
LEFT JOIN participants_participant ph ON ph.number = w.pharmacy AND ph.program = p.program
""",
)

# Decision, authorization, idempotency key and audit entry, or nothing of it. Nothing is kept when
# the patient or a participant changed since READ, or when a twin of the request holds the key.
# The rows are locked against every change, also against one that has begun and not yet ended:
# participants before the patient, as whoever suspends one and then takes back authorizations does.
WRITE = statement(
    "write",
    """
WITH free AS MATERIALIZED (
    SELECT %(idempotency_key)s::text IS NULL
        OR pg_try_advisory_xact_lock(%(key_lock)s::bigint) AS is_free
), parties AS MATERIALIZED (
    SELECT o.id FROM free, participants_participant o
    JOIN unnest(%(party_ids)s::bigint[], %(party_revisions)s::bigint[])
        AS seen(id, revision) ON o.id = seen.id AND o.revision = seen.revision
    WHERE free.is_free
    ORDER BY o.id
    FOR SHARE OF o
), unchanged AS MATERIALIZED (
    SELECT p.id FROM patients_patient p
    WHERE p.id = %(patient_id)s::bigint AND p.revision = %(patient_revision)s::bigint
        AND (SELECT count(*) FROM parties) = cardinality(%(party_ids)s::bigint[])
        AND (SELECT is_free FROM free)
    FOR SHARE OF p
), decided AS (
    INSERT INTO authorizations_decision (number, program, program_version, gate, outcome,
        patient_id, prescriber_id, facility_id, pharmacy_id, planned_on, course, facts, answer,
        asked_at, asked_by, asked_role, asked_for_id)
    SELECT %(number)s::text, %(program)s::text, %(version)s::text, %(gate)s::text,
        %(outcome)s::text, id, %(prescriber_id)s::bigint, %(facility_id)s::bigint,
        %(pharmacy_id)s::bigint, %(on)s::date, %(course)s::int, %(facts)s::text,
        %(answer)s::text, %(at)s::timestamptz, %(actor)s::text, %(role)s::text,
        %(asked_for_id)s::bigint
    FROM unchanged
    RETURNING id, patient_id
), authorized AS (
    INSERT INTO authorizations_authorization (decision_id, number, patient_id, gate, slot, unit,
        course, day, course_days, names, valid_from, valid_until, state, holds_slot)
    SELECT id, %(number)s::text, patient_id, %(gate)s::text, %(slot)s::text, %(unit)s::text,
        %(slot_course)s::int, %(slot_day)s::int, %(course_days)s::int, %(names)s::jsonb,
        %(valid_from)s::date, %(valid_until)s::date, 'live', true
    FROM decided WHERE %(slot)s::text IS NOT NULL
), keyed AS (
    INSERT INTO authorizations_idempotency_key (actor, key, request_hash, decision_id, created_at)
    SELECT %(actor)s::text, %(idempotency_key)s::text, %(request_hash)s::bytea, id,
        %(at)s::timestamptz
    FROM decided WHERE %(idempotency_key)s::text IS NOT NULL
), audited AS (
    INSERT INTO audit_entry (at, actor, role, verb, subject_kind, subject, detail)
    SELECT %(at)s::timestamptz, %(actor)s::text, %(role)s::text, 'gate.answered', 'patient',
        %(patient)s::text, %(detail)s::jsonb
    FROM decided
)
SELECT decided.id, free.is_free FROM free LEFT JOIN decided ON true
""",
)

# Before WRITE, in its transaction: a live authorization of the slot that is past its last day.
EXPIRE = statement(
    "expire",
    """
WITH changed AS (
    UPDATE patients_patient SET revision = revision + 1
    WHERE id = %(patient_id)s::bigint AND revision = %(patient_revision)s::bigint
    RETURNING id, revision
), lapsed AS (
    UPDATE authorizations_authorization z SET
        state = CASE z.state WHEN 'live' THEN 'expired' ELSE z.state END,
        holds_slot = (unit = 'infusion_day'),
        closed_at = coalesce(closed_at, %(at)s::timestamptz),
        closed_by = coalesce(closed_by, %(actor)s::text),
        closed_reason = coalesce(closed_reason, 'past its last day')
    FROM changed
    WHERE z.patient_id IN (SELECT m.id FROM patients_patient m
            WHERE m.id = changed.id OR m.merged_into_id = changed.id)
        AND z.gate = %(gate)s::text AND z.slot = %(slot)s::text
        AND (z.state = 'live' OR z.state = 'used' AND z.course IS NULL AND z.holds_slot)
        AND z.valid_until < %(on)s::date
    RETURNING z.number, z.state, z.patient_id, changed.revision
), audited AS (
    INSERT INTO audit_entry (at, actor, role, verb, subject_kind, subject, detail)
    SELECT %(at)s::timestamptz, %(actor)s::text, %(role)s::text,
        CASE state WHEN 'expired' THEN 'authorization.expired' ELSE 'authorization.slot_freed' END,
        'patient', (SELECT m.number FROM patients_patient m WHERE m.id = lapsed.patient_id),
        jsonb_build_object('authorization', number, 'reason', 'past its last day')
    FROM lapsed
)
SELECT revision FROM lapsed
""",
)

# A decision as it was given, for askers it concerns: the same rule as `facts.visible_decisions`.
FIND = statement(
    "find",
    """
WITH asker AS MATERIALIZED (
    SELECT m.program, m.participant_id, coalesce(o.time_zone, u.time_zone) AS time_zone
    FROM accounts_api_key k
    JOIN accounts_user u ON u.id = k.user_id AND u.is_active
    JOIN participants_membership m ON m.user_id = u.id AND m.ended_at IS NULL
    LEFT JOIN participants_participant o ON o.id = m.participant_id
    WHERE k.key_hash = %(key_hash)s::bytea AND k.revoked_at IS NULL
)
SELECT d.answer, d.time_zone, z.state, z.valid_until,
    to_char(z.closed_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') AS closed_at,
    z.closed_reason
FROM (VALUES (1)) AS one
LEFT JOIN LATERAL (
    SELECT d.id, d.answer, a.time_zone FROM authorizations_decision d
    JOIN asker a ON a.program = d.program AND (a.participant_id IS NULL
        OR d.asked_for_id = a.participant_id
        OR d.outcome = 'authorized'
            AND a.participant_id IN (d.prescriber_id, d.facility_id, d.pharmacy_id))
    WHERE d.number = %(number)s::text
    LIMIT 1) d ON true
LEFT JOIN authorizations_authorization z ON z.decision_id = d.id
WHERE EXISTS (SELECT FROM asker)
""",
)
