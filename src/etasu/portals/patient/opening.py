"""Opening a link: the token leaves the address at once, the birth date shows whose it is."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from etasu.portals.components.birth_date import BirthDateForm, not_proved
from etasu.portals.components.forms import sent_form
from etasu.portals.components.held_link import is_proved, let_go
from etasu.portals.patient import here
from etasu.portals.patient.here import ASKED, SIGN, TO_REMINDERS, Holder
from etasu.registry.patients.enrollment import LANGUAGES, known_answers
from etasu.registry.patients.proving import prove_birth_date
from etasu.registry.reactions import new_link_asked
from etasu.registry.submissions.facts import definition_of

# In the session: the language that was set for the patient, which they did not choose here.
SPOKEN = "link_language"


@require_safe
@here.not_kept
def arrive(request: HttpRequest, token: str) -> HttpResponse:
    """Take the token out of the address. Looking uses nothing up: mail scanners look too."""
    here.hold(request, token)
    if TO_REMINDERS in request.GET:
        here.remember(request, TO_REMINDERS, True)
    response = here.see_other("patient:start")
    held = here.holder(request)
    chosen = request.COOKIES.get(settings.LANGUAGE_COOKIE_NAME)
    # What was set for whoever came before here says nothing of this patient.
    if held is not None and chosen in (None, request.session.get(SPOKEN)):
        _speak_their_language(request, response, held)
    return response


@sensitive_post_parameters()
@here.not_kept
@require_http_methods(["GET", "HEAD", "POST"])
def start(request: HttpRequest) -> HttpResponse:
    """Ask for the birth date; or say why the link opens nothing, and what to do."""
    held = here.holder(request)
    if held is None or held.trouble():
        return _over(request, held)
    if is_proved(request):
        return _on(request, held)
    form = BirthDateForm(sent_form(request), on=held.on)
    if form.is_valid():
        proof = prove_birth_date(
            (held.kind, held.number), held.birth_date, form.said(), by=held.actor, at=held.at
        )
        if proof.is_right:
            here.note_proved(request)
            return _on(request, held)
        form.add_error(None, not_proved(proof.wait_seconds))
    context = {"form": form, "is_copy": held.kind == SIGN and held.has_signed}
    return here.shown(request, "patient/start.html", context, held)


@here.not_kept
@require_POST
def ask_new(request: HttpRequest) -> HttpResponse:
    """Ask those who sent the link for a new one; asked twice, it is asked once."""
    held = here.holder(request)
    if held is not None and held.can_ask:
        new_link_asked(held.link, by=held.actor, at=held.at)
        here.remember(request, ASKED, held.number)
    return here.see_other("patient:start")


@here.not_kept
@require_POST
def leave(request: HttpRequest) -> HttpResponse:
    """Forget the link on this device, so that whoever takes it next sees nothing."""
    held = here.holder(request)
    is_signed = held is not None and held.kind == SIGN and held.link.used_at is not None
    let_go(request)
    context = {"is_signed": is_signed, "is_sign": held is not None and held.kind == SIGN}
    response = here.shown(request, "patient/left.html", context, held)
    spoken = request.session.pop(SPOKEN, None)
    if spoken is not None and spoken == request.COOKIES.get(settings.LANGUAGE_COOKIE_NAME):
        response.delete_cookie(settings.LANGUAGE_COOKIE_NAME, samesite="Lax")
    return response


def _on(request: HttpRequest, held: Holder) -> HttpResponse:
    if held.kind != SIGN:
        is_for_reminders = here.remembered(request, TO_REMINDERS)
        return here.see_other("patient:reminders" if is_for_reminders else "patient:home")
    return here.see_other("patient:done" if held.has_signed else "patient:welcome")


def _over(request: HttpRequest, held: Holder | None) -> HttpResponse:
    """One page for every link that opens nothing: what happened, and the one thing to do."""
    trouble = held.trouble() if held is not None else "unknown"
    context = {
        "trouble": trouble,
        "can_ask": held is not None and held.can_ask,
        "was_asked": held is not None and here.remembered(request, ASKED) == held.number,
    }
    return here.shown(request, "patient/over.html", context, held, status=410)


def _speak_their_language(request: HttpRequest, response: HttpResponse, held: Holder) -> None:
    """The pages are in the language the patient prefers, until they choose another."""
    request.session[SPOKEN] = language_of(held)
    response.set_cookie(
        settings.LANGUAGE_COOKIE_NAME,
        request.session[SPOKEN],
        max_age=24 * 60 * 60,
        samesite="Lax",
        httponly=True,
        secure=request.is_secure(),
    )


def language_of(held: Holder) -> str:
    """The patient's language, as the record or else the form has it."""
    if held.patient is not None:
        return str(held.patient.language)
    told = known_answers(definition_of(held.draft)[1], held.answers)
    return LANGUAGES.get(told.get("patient_language", ""), "en")
