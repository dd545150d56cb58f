"""Every change has its entry in the trail, and nothing on record is ever deleted.

What changed is told by triggers of the scratch database, not by those who changed it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from etasu.site.sim.invariants.look import Look, rows

# Kept for speed or for sending, and derived from what is in the trail.
BESIDE_THE_RECORD = frozenset(
    {
        *("audit_entry", "audit_seal", "audit_heartbeat", "notices_bookmark"),
        *("monitoring_touch", "monitoring_watch", "monitoring_senders_token"),
        "monitoring_retaking",
    }
)
# What may be forgotten: nothing but what is derived from the rest.
MAY_BE_DELETED = frozenset({"monitoring_touch", "monitoring_watch"})
# With what a change of each table is told; one entry may tell of several tables.
TOLD_BY: Mapping[str, tuple[str, ...]] = {
    "authorizations_authorization": ("gate.", "authorization."),
    "authorizations_decision": ("gate.answered",),
    "compliance_event": ("compliance_event.",),
    "monitoring_awaited_correction": ("results.",),
    "monitoring_code_mapping": ("lab_code.",),
    "monitoring_connection": ("lab_connection.",),
    "monitoring_extension": ("monitoring.extended",),
    "monitoring_item": ("results.received",),
    "monitoring_item_resolution": ("results.resolved", "lab_item."),
    "monitoring_message": ("results.received",),
    "monitoring_reconciliation": ("results.received", "lab_report."),
    "monitoring_report": ("results.received",),
    "monitoring_result": ("result.", "results."),
    "monitoring_sender": ("lab_sender.",),
    "monitoring_signal": ("signal.", "results."),
    "monitoring_waiver": ("obligation.", "waiver."),
    "notices_notice": ("notice.",),
    "notices_reminder": ("reminder.",),
    "notices_reminder_wish": ("reminders.wished",),
    "notices_stopped_address": ("address.",),
    "participants_certificate": ("certificate.",),
    "participants_certification": ("participant.certified",),
    "participants_participant": ("participant.",),
    "participants_step_done": ("participant.step_done",),
    "participants_suspension": ("participant.suspen",),
    "patients_duplicate_review": ("patient.review",),
    "patients_hold": ("hold.",),
    "patients_identifier": ("patient.identifier",),
    "patients_patient": ("patient.",),
    "patients_transfer": ("patient.transfer",),
    "safety_case": ("safety_case.",),
    "safety_information": ("safety_case.",),
    "submissions_draft": ("draft.", "form."),
    "submissions_draft_answer": ("draft.",),
    "submissions_signature": ("form.", "signature."),
    "submissions_signed_form": ("form.signed",),
    "treatment_course": ("infusion.recorded",),
    "treatment_course_end": ("course.",),
    "treatment_day_entry": ("infusion_day.",),
    "treatment_dispense": ("dispense.recorded",),
    "treatment_infusion": ("infusion.",),
}


def every_change_is_told(look: Look) -> Iterator[str]:
    """I12: whatever changed has an entry beside it, and every entry tells of a change."""
    changed: dict[str, set[tuple[str, str]]] = {}
    for each in look.changes:
        changed.setdefault(each.xid, set()).add((each.table, each.how))
    if not changed:
        return
    told: dict[str, set[str]] = {}
    for xid, verb in rows(
        "SELECT xid::text, verb FROM audit_entry WHERE xid = ANY(%s::text[]::xid8[])", list(changed)
    ):
        told.setdefault(xid, set()).add(verb)
    for xid, tables in changed.items():
        yield from _untold(tables, told.get(xid, set()))


def _untold(tables: set[tuple[str, str]], verbs: set[str]) -> Iterator[str]:
    for table, how in sorted(tables):
        if table in BESIDE_THE_RECORD:
            continue
        words = TOLD_BY.get(table)
        if words is None:
            yield f"{table} changed, and nobody has said how that is told"
        elif not any(verb.startswith(words) for verb in verbs):
            yield f"{how} of {table}, and the trail does not say so"
    if verbs and not {table for table, _ in tables} - BESIDE_THE_RECORD:
        yield f"the trail says {sorted(verbs)}, and nothing changed"


def nothing_is_deleted(look: Look) -> Iterator[str]:
    """I15: nothing on record is ever deleted."""
    for each in look.changes:
        if each.how in ("DELETE", "TRUNCATE") and each.table not in MAY_BE_DELETED:
            yield f"{each.how} of {each.table}"
