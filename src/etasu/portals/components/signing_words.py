"""Why a signature was not taken, in words that say what to do next."""

from __future__ import annotations

from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from etasu.registry.submissions.actions import NotSignable, Refusal

_READ_AGAIN = _("The answers changed after you opened this page. Read the text again, then sign.")
SAID: dict[Refusal, str | Promise] = {
    Refusal.NO_SUCH_DRAFT: _("There is no such form."),
    Refusal.CLOSED: _("This form is closed already. Nothing was signed twice."),
    Refusal.OLD_VERSION: _(
        "The program uses a newer edition of this form. Move your answers to it."
    ),
    Refusal.NOT_CONFIRMED: _("Too much time went by. Confirm once more who you are."),
    Refusal.NOT_THE_SIGNER: _("Your role does not sign this form."),
    Refusal.NOT_YOUR_TURN: _("Somebody else signs before you."),
    Refusal.ALL_SIGNED: _("Everybody has signed this form already."),
    Refusal.OTHER_PARTY: _("This form belongs to somebody you do not sign for."),
    Refusal.SAME_PERSON: _("You have signed this form already, in another role."),
    Refusal.NOT_REPRESENTABLE: _("Nobody can sign this form in somebody else's place."),
    Refusal.NO_NAME: _("Enter your name as you sign."),
    Refusal.NOT_YOUR_NAME: _(
        "You sign with the name of your account, and it changed meanwhile. Check it, then sign."
    ),
    Refusal.NOT_THE_PATIENT: _("This is not the patient's name as the form has it."),
    Refusal.PATIENTS_OWN_NAME: _(
        "This is the patient's own name. Write yours. If it is the same, add what tells you apart, "
        "such as Sr. or Jr."
    ),
    Refusal.NAME_TO_COMPARE: _(
        "A name on the document is not the one to expect. Compare it, and say that you did."
    ),
    Refusal.NOT_COMPLETE: _("Something is missing or wrong. Check the answers."),
    Refusal.CHANGED_SINCE_SHOWN: _READ_AGAIN,
    Refusal.CHANGED_SINCE_SIGNED: _(
        "The words of this form changed after somebody signed it. Open it to change the answers: "
        "the signatures come off, and everybody signs the new words."
    ),
}


def refusal_words(refused: NotSignable) -> str:
    """One or two sentences: why, and what to do."""
    return str(SAID[refused.reason])


def name_words(refusal: Refusal, on_form: object) -> str:
    """Why a name cannot stand under the form, and each way on from there."""
    if refusal is not Refusal.NOT_THE_PATIENT or not on_form:
        return str(SAID[refusal])
    said = gettext(
        "The form has the patient's name as “%(name)s”. If you are the patient, write it like "
        "that. If you sign for the patient, say so above. If the form has the name wrong, do not "
        "sign: tell the prescriber's office, and it will be corrected."
    )
    return said % {"name": on_form}
