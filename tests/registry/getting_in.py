"""What each constraint refuses of the records that bring people in."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from django.db import models

from etasu.registry.accounts.models import (
    AuthenticatorApp,
    FactorRecovery,
    IntendedRole,
    MailedLink,
    OpenSession,
    OutsideIdentity,
    Passkey,
    RecoveryCode,
    User,
)
from etasu.registry.audit.models import CarryOver, Origin
from etasu.registry.participants.models import (
    DelegateRequest,
    Invitation,
    Membership,
    NewcomerReview,
    Organization,
    Participant,
    RosterEntry,
    Suspension,
)
from etasu.registry.patients.models import DuplicateReview, Patient, Transfer
from etasu.registry.submissions.models import (
    Consent,
    ConsentLink,
    Draft,
    DraftAnswer,
    IncomingDocument,
    Signature,
    SigningLink,
)
from tests.factories.teaching import AT, ON, World
from tests.registry.rows import row

Attempt = Callable[[World], Any]
CLOSED = {"closed_at": AT, "closed_by": "a", "outcome": "accepted"}
DECIDED = {"decided_at": AT, "decided_by": "a", "verdict": "same", "reason": "r"}


def a(model: type[models.Model], **wrong: Any) -> Attempt:
    """One row in which just this is wrong."""
    return lambda world: row(model, **wrong)


def both(model: type[models.Model], **shared: Any) -> Attempt:
    """Two rows that share this; a model stands for a row of it."""

    def attempt(world: World) -> None:
        same = {
            name: row(value) if isinstance(value, type) else value for name, value in shared.items()
        }
        row(model, **same)
        row(model, **same)

    return attempt


def merged_into_itself(world: World) -> None:
    """A record answered for by itself."""
    found = row(Patient)
    Patient.objects.filter(pk=found.pk).update(merged_into=found.pk, merged_at=AT, merged_by="a")


def newer_first(world: World) -> None:
    """Two records, compared the wrong way round."""
    older, newer = row(Patient), row(Patient)
    row(DuplicateReview, older=newer, newer=older)


def another_survives(world: World) -> None:
    """Two records merged into a third."""
    row(DuplicateReview, **DECIDED, survivor=row(Patient))


def checked_by_whoever_keyed(world: World) -> None:
    """One pair of eyes."""
    keyed = {"keyed_at": AT, "keyed_by": "a", "draft": row(Draft)}
    row(IncomingDocument, **keyed, checked_at=AT, checked_by="a")


def link_signs_twice(world: World) -> None:
    """One link under two signatures."""
    link = row(SigningLink)
    for position in (1, 2):
        row(Signature, method="link", link=link, position=position, signed_by=f"link {position}")


GETTING_IN: dict[str, Attempt] = {
    # Carrying over
    "an_ended_carry_over_says_by_whom": a(CarryOver, ended_at=AT),
    "one_carry_over_at_a_time_from_an_administrator": both(CarryOver, administrator="old"),
    "a_legacy_record_is_carried_over_once": both(
        Origin, administrator="old", kind="k", legacy_id="1"
    ),
    # Accounts
    "a_confirmed_address_says_by_whom": a(User, email="u@example.org", email_confirmed_at=AT),
    "a_used_link_says_by_whom": a(MailedLink, used_at=AT),
    "a_withdrawn_link_says_by_whom": a(MailedLink, withdrawn_at=AT),
    "a_link_is_not_both_used_and_withdrawn": a(
        MailedLink, used_at=AT, used_by="a", withdrawn_at=AT, withdrawn_by="a"
    ),
    "a_finished_registration_keeps_no_password": a(
        MailedLink, used_at=AT, used_by="a", password="p"
    ),
    "a_removed_passkey_says_by_whom": a(Passkey, removed_at=AT),
    "a_person_has_one_authenticator_app": both(AuthenticatorApp, user=User),
    "a_removed_app_says_by_whom_and_keeps_no_secret": a(
        AuthenticatorApp, removed_at=AT, removed_by="a", secret=b"s"
    ),
    "a_used_code_says_by_whom": a(RecoveryCode, used_at=AT),
    "a_replaced_code_says_by_whom": a(RecoveryCode, replaced_at=AT),
    "a_person_recovers_once_at_a_time": both(FactorRecovery, user=User),
    "a_stopped_recovery_says_by_whom": a(FactorRecovery, stopped_at=AT),
    "a_finished_recovery_says_by_whom": a(FactorRecovery, finished_at=AT),
    "a_recovery_is_not_both_stopped_and_finished": a(
        FactorRecovery, stopped_at=AT, stopped_by="a", finished_at=AT, finished_by="a"
    ),
    "a_recovery_waits_a_day": a(FactorRecovery, not_before=AT),
    "an_outside_identity_is_one_person": both(OutsideIdentity, issuer="i", subject="s"),
    "an_ended_session_says_by_whom": a(OpenSession, ended_at=AT),
    "a_role_is_intended_once": both(IntendedRole, user=User, role="r"),
    # Paper, fax and telephone
    "a_document_is_taken_in_once": both(
        IncomingDocument, channel="fax", content=b"c", digest="d", media_type="application/pdf"
    ),
    "a_call_has_a_caller_and_a_document_its_image": a(IncomingDocument, channel="fax"),
    "a_claimed_document_says_by_whom": a(IncomingDocument, claimed_at=AT),
    "a_keyed_document_says_by_whom_and_into_what": a(IncomingDocument, keyed_at=AT, keyed_by="a"),
    "a_returned_document_says_by_whom_and_why": a(
        IncomingDocument, returned_at=AT, returned_by="a"
    ),
    "whoever_keys_a_document_in_does_not_check_it": checked_by_whoever_keyed,
    "a_document_set_aside_says_by_whom_and_why": a(
        IncomingDocument, set_aside_at=AT, set_aside_by="a"
    ),
    # Forms
    "a_form_has_one_open_draft": both(Draft, subject_kind="patient", subject_id=1),
    "a_finished_draft_says_by_whom_and_about_whom": a(Draft, finished_at=AT, finished_by="a"),
    "an_abandoned_draft_says_by_whom_and_why": a(Draft, abandoned_at=AT, abandoned_by="a"),
    "an_answer_has_one_value_a_revision": both(DraftAnswer, draft=Draft, field="f"),
    "a_signer_has_one_open_link": both(SigningLink, draft=Draft, role="patient"),
    "a_used_signing_link_says_by_whom": a(SigningLink, used_at=AT),
    "a_revoked_signing_link_says_by_whom": a(SigningLink, revoked_at=AT),
    "a_signing_link_ends_after_it_was_made": a(SigningLink, valid_until=AT),
    "a_sent_signing_link_says_by_whom_and_where": a(SigningLink, sent_at=AT, sent_by="a"),
    "a_consent_link_ends_after_it_was_made": a(ConsentLink, valid_until=AT - timedelta(days=1)),
    "each_signer_signs_once_a_round": both(Signature, draft=Draft, method="paper"),
    "one_person_signs_in_one_role": lambda w: [
        row(Signature, draft=draft, method="password", position=place)
        for draft in [row(Draft)]
        for place in (1, 2)
    ],
    "a_signing_link_signs_once": link_signs_twice,
    "a_signature_has_a_name_and_a_meaning": a(Signature, printed_name=""),
    "a_signature_by_link_names_the_link": a(Signature, method="link"),
    "a_consent_is_given_once": both(Consent, subject_kind="patient", subject_id=1, code="c"),
    "a_revoked_consent_says_by_whom_and_how": a(Consent, revoked_at=AT, revoked_by="a"),
    "a_consent_says_what_was_allowed": a(Consent, text=""),
    # Organizations and delegates
    "a_site_of_an_organization_is_a_facility_or_pharmacy": lambda w: row(
        Participant, kind="prescriber", organization=row(Organization), joined_at=AT, joined_by="a"
    ),
    "a_site_says_since_when_it_belongs_to_an_organization": lambda w: row(
        Participant, kind="facility", organization=row(Organization)
    ),
    "only_whoever_acts_for_a_site_acts_for_all_sites": a(Membership, for_all_sites=True),
    "somebody_is_invited_to_a_role_once": both(
        Invitation, participant=Participant, role="r", email="e@example.org"
    ),
    "an_accepted_invitation_says_by_whom": a(Invitation, accepted_at=AT),
    "a_revoked_invitation_says_by_whom": a(Invitation, revoked_at=AT),
    "an_invitation_is_not_both_accepted_and_revoked": a(
        Invitation, accepted_at=AT, accepted_by="a", revoked_at=AT, revoked_by="a"
    ),
    "somebody_is_asked_for_once_at_a_time": both(DelegateRequest, user=User, asked_for=Participant),
    "an_answered_request_says_by_whom_and_what": a(
        DelegateRequest, answered_at=AT, answered_by="a"
    ),
    "somebody_is_on_a_roster_once": both(
        RosterEntry, participant=Participant, email="e@example.org"
    ),
    "a_removed_entry_says_by_whom": a(RosterEntry, removed_at=AT),
    # What stops a standing, and who comes in
    "nobody_is_certified_while_in_review": a(Participant, in_review=True, certified_from=ON),
    "a_suspension_begins_before_it_ends": a(Suspension, until=ON - timedelta(days=1)),
    "a_lifted_suspension_says_by_whom_and_why": a(Suspension, lifted_at=AT, lifted_by="a"),
    "a_newcomer_looked_at_says_by_whom_and_what": a(
        NewcomerReview, decided_at=AT, decided_by="a", reason="r"
    ),
    "a_newcomer_who_waited_is_decided_with_a_reason": a(
        NewcomerReview, must_wait=True, decided_at=AT, decided_by="a", is_accepted=True
    ),
    # Patients
    "a_merged_record_says_by_whom_and_into_another": merged_into_itself,
    "two_records_are_compared_once": lambda w: [
        row(DuplicateReview, older=older, newer=newer)
        for older, newer in [(row(Patient), row(Patient))] * 2
    ],
    "the_older_record_comes_first": newer_first,
    "a_decided_review_says_by_whom_what_and_why": a(
        DuplicateReview, decided_at=AT, decided_by="a", verdict="different"
    ),
    "one_of_two_merged_records_is_answered_for": another_survives,
    "an_undone_merge_says_by_whom_and_why": a(DuplicateReview, undone_at=AT, undone_by="a"),
    "a_patient_has_one_open_transfer": both(Transfer, patient=Patient),
    "an_offered_transfer_says_by_whom_and_to_whom": a(Transfer, offered_at=AT, offered_by="a"),
    "a_closed_transfer_says_by_whom_and_how": a(Transfer, **CLOSED),
}
