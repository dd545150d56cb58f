"""The verbs of this room: filling in, signing and keeping forms, and giving consent."""

from etasu.registry.submissions.choices import NewConsentLink, create_consent_link
from etasu.registry.submissions.consents import Given, NoSuchConsent, give_consent, revoke_consent
from etasu.registry.submissions.drafts import (
    Beginning,
    Conflict,
    SaveOutcome,
    abandon_draft,
    begin_draft,
    move_draft,
    name_subject,
    reopen_draft,
    save_answers,
)
from etasu.registry.submissions.keeping import FormToSign, keep_signed_form
from etasu.registry.submissions.links import (
    NewLink,
    ask_for_new_link,
    create_signing_link,
    holder_of,
    note_link_sent,
    open_signing_link,
    revoke_signing_link,
    sign_by_link,
)
from etasu.registry.submissions.refusals import (
    DraftClosed,
    LinkNotUsable,
    LinkState,
    NoSuchForm,
    NotComplete,
    NotSignable,
    Refusal,
)
from etasu.registry.submissions.signing import (
    Signed,
    Sitting,
    ToSign,
    finish_draft,
    sign_draft,
    sign_drafts,
)

__all__ = [
    "Beginning",
    "Conflict",
    "DraftClosed",
    "FormToSign",
    "Given",
    "LinkNotUsable",
    "LinkState",
    "NewConsentLink",
    "NewLink",
    "NoSuchConsent",
    "NoSuchForm",
    "NotComplete",
    "NotSignable",
    "Refusal",
    "SaveOutcome",
    "Signed",
    "Sitting",
    "ToSign",
    "abandon_draft",
    "ask_for_new_link",
    "begin_draft",
    "create_consent_link",
    "create_signing_link",
    "finish_draft",
    "give_consent",
    "holder_of",
    "keep_signed_form",
    "move_draft",
    "name_subject",
    "note_link_sent",
    "open_signing_link",
    "reopen_draft",
    "revoke_consent",
    "revoke_signing_link",
    "save_answers",
    "sign_by_link",
    "sign_draft",
    "sign_drafts",
]
