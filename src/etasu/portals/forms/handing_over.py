"""The patient signs on the prescriber's own device.

From the moment the device is handed over, its session opens nothing but the page the patient signs
on (see `portals.access`); only whoever handed it over takes it back, by proving who they are. What
the patient signed is kept at that moment, with the witness's name on it.
"""

from __future__ import annotations

from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from etasu.portals.access import HANDED_OVER
from etasu.portals.components.confirming import confirm_identity
from etasu.portals.components.forms import sent_form
from etasu.portals.components.people import person_here
from etasu.portals.components.sending import actor
from etasu.portals.components.signing_forms import PatientSigningForm, SigningForm
from etasu.portals.components.signing_words import refusal_words
from etasu.portals.forms.places import FormAt, open_form
from etasu.portals.requests import PortalRequest
from etasu.registry.accounts import access
from etasu.registry.reactions import signed_in_turn
from etasu.registry.submissions.actions import NotSignable, Sitting, ToSign
from etasu.registry.submissions.facts import draft_problems
from etasu.safe_use.form_text import hash_of
from etasu.safe_use.program import Signer

# What the patient wrote, until the device is back: name, relationship, hash of the text.
WROTE = "patient_wrote"


@require_POST
def hand_over(request: PortalRequest, number: str) -> HttpResponse:
    """From here on the device shows only what the patient signs."""
    found = open_form(request, number)
    if not may_hand_over(found):
        raise Http404
    if draft_problems(found.draft, found.on) or not found.is_current:
        return redirect("forms:check", number)
    request.session[HANDED_OVER] = number
    request.session.pop(WROTE, None)
    return redirect("forms:patient-signs", number)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def patient_signs(request: PortalRequest, number: str) -> HttpResponse:
    """The text in full, and the patient's name under it."""
    if not _is_lent(request, number):
        return redirect("forms:resume", open_form(request, number).number)
    found, signer = _lent(request, number)
    if signer is None:
        return redirect("forms:device-back", number)
    text = found.text
    form = PatientSigningForm(signer, sent_form(request), lent=True)
    if form.is_valid() and form.takes_name(found.draft):
        if request.POST.get("shown") == hash_of(text):
            request.session[WROTE] = [
                form.cleaned_data["full_name"],
                form.relationship(),
                hash_of(text),
            ]
            return redirect("forms:device-back", number)
        form.add_error(None, _("The text changed meanwhile. Read it again, then sign."))
    context = {
        "found": found,
        "definition": found.definition,
        "form": form,
        "text": text,
        "hash": hash_of(text),
        "signer": signer,
    }
    return render(request, "forms/patient_signs.html", context)


@sensitive_post_parameters("password", "passkey")
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def device_back(request: PortalRequest, number: str) -> HttpResponse:
    """Whoever handed the device over proves who they are, witnesses, and signs in their turn."""
    if not _is_lent(request, number):
        # The page sent again, or gone back to, once the device is back: on to what came of it.
        return redirect("forms:resume", open_form(request, number).number)
    found, signer = _lent(request, number)
    wrote: list[str] | None = request.session.get(WROTE) if signer else None
    follows = _follows(found, signer) if wrote and signer else None
    signs_too = follows is not None and follows.role == found.asker.role
    form = SigningForm(sent_form(request), person=person_here(request))
    if form.is_valid() and _taken_back(request, found, form, wrote, signs_too):
        _release(request)
        there = "forms:receipt" if wrote else "forms:check"
        return redirect(there, number)
    context = {
        "found": found,
        "definition": found.definition,
        "form": form,
        "wrote": wrote,
        "went_on": signer is None,
        "relationship": _relationship_in_words(signer, wrote),
        "signs_too": signs_too,
        "meaning": follows.meaning if signs_too and follows else "",
        "text": found.text,
        "hash": hash_of(found.text),
    }
    return render(request, "forms/device_back.html", context)


def may_hand_over(found: FormAt) -> bool:
    """Whether the patient signs next, and the asker signs this form too and so may witness it."""
    signer = found.next_signer
    signers = {each.role for each in found.definition.signers}
    is_patients_turn = signer is not None and signer.role == access.PATIENT
    return found.draft.is_open and is_patients_turn and found.asker.role in signers


def _taken_back(
    request: PortalRequest,
    found: FormAt,
    form: SigningForm,
    wrote: list[str] | None,
    signs_too: bool,
) -> bool:
    confirmed = confirm_identity(request, form)
    if confirmed is None:
        return False
    if wrote is None:
        return True
    name, relationship, shown = wrote
    zone, owner = request.asker.time_zone, found.draft.owner_id
    witnessed = Sitting("in_person", zone, confirmed.at, participant_id=owner)
    turns = [(ToSign(found.number, access.PATIENT, shown, name, relationship), witnessed)]
    if signs_too:
        method = "passkey" if confirmed.how == "passkey" else "password"
        own = Sitting(method, zone, confirmed.at, participant_id=owner)
        # The witness signs the text of this page, maybe in another language than the patient.
        seen = request.POST.get("shown", "")
        turns.append((ToSign(found.number, found.asker.role, seen, form.printed_name), own))
    try:
        signed_in_turn(turns, by=actor(request), at=request.at)
    except NotSignable as refused:
        form.add_error(None, refusal_words(refused))
        return False
    return True


def _lent(request: PortalRequest, number: str) -> tuple[FormAt, Signer | None]:
    """The form the device was handed over for, and the patient as its next signer.

    There is no signer when the form went on elsewhere meanwhile; the device is then only taken
    back.
    """
    found = open_form(request, number)
    return found, found.next_signer if may_hand_over(found) else None


def _is_lent(request: PortalRequest, number: str) -> bool:
    """Whether the device is in the patient's hands for this form; for another, nothing opens."""
    lent = request.session.get(HANDED_OVER)
    if lent not in (None, number):
        raise Http404
    return lent is not None


def _follows(found: FormAt, signer: Signer) -> Signer | None:
    signers = list(found.definition.signers)
    after = signers[signers.index(signer) + 1 :]
    return after[0] if after else None


def _relationship_in_words(signer: Signer | None, wrote: list[str] | None) -> str:
    if not wrote or signer is None or signer.in_place is None:
        return ""
    return dict(signer.in_place.choices()).get(wrote[1], wrote[1])


def _release(request: PortalRequest) -> None:
    request.session.pop(HANDED_OVER, None)
    request.session.pop(WROTE, None)
