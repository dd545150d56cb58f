"""What somebody who registered wants to take part as, and where they go from there."""

from __future__ import annotations

from typing import Any, NamedTuple

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import NoReverseMatch, reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from etasu.portals.account.entering import moment_of, person_actor
from etasu.portals.components.forms import NameField, PortalForm
from etasu.portals.components.people import person_here
from etasu.programs import library
from etasu.registry.accounts import access
from etasu.registry.accounts.facts import Person
from etasu.registry.accounts.profile import change_profile, profile_of
from etasu.registry.accounts.registration import intend_role, intended_role
from etasu.registry.participants.facts import roles_of
from etasu.registry.participants.newcomers import takes_newcomers
from etasu.safe_use.program import ProgramVersion


class Offer(NamedTuple):
    """A role somebody can set out for: the kind of participant it needs, and how to know it.

    `routes` are the pages that take over, the first there is; without one, the page says who acts
    next.
    """

    role: str
    party: str
    label: Promise
    routes: tuple[str, ...]
    next_step: Promise


OFFERS = (
    Offer(
        access.PRESCRIBER,
        "prescriber",
        gettext_lazy("I prescribe, and want to be certified"),
        ("enrollment:begin",),
        gettext_lazy("You certify yourself: training, a test, and an enrollment form to sign."),
    ),
    Offer(
        access.DELEGATE,
        "prescriber",
        gettext_lazy("I prepare forms for a prescriber"),
        ("delegate:prescribers",),
        gettext_lazy("The prescriber you work for lets you act for them. Ask them to invite you."),
    ),
    Offer(
        access.FACILITY_REPRESENTATIVE,
        "facility",
        gettext_lazy("I represent an infusion facility"),
        ("enrollment:begin",),
        gettext_lazy("You certify the facility: its details, training, and a form to sign."),
    ),
    Offer(
        access.INFUSION_NURSE,
        "facility",
        gettext_lazy("I infuse at a facility"),
        (),
        gettext_lazy("Your facility's representative lets you act for it. Ask them to invite you."),
    ),
    Offer(
        access.PHARMACY_REPRESENTATIVE,
        "pharmacy",
        gettext_lazy("I represent a pharmacy"),
        ("enrollment:begin",),
        gettext_lazy("You certify the pharmacy: its details, training, and a form to sign."),
    ),
    Offer(
        access.PHARMACIST,
        "pharmacy",
        gettext_lazy("I dispense at a pharmacy"),
        (),
        gettext_lazy("Your pharmacy's representative lets you act for it. Ask them to invite you."),
    ),
    Offer(
        access.PATIENT,
        "",
        gettext_lazy("I am a patient"),
        ("patient:begin",),
        gettext_lazy("Your prescriber enrolls you. Ask them to do so, and to give you the number."),
    ),
    Offer(
        access.CARE_PARTNER,
        "",
        gettext_lazy("I help a patient"),
        (),
        gettext_lazy("The patient lets you help them. Ask them to invite you."),
    ),
)
OFFER_OF = {offer.role: offer for offer in OFFERS}
# What the public page somebody came from was about, in the browser that registers.
WANTED = "wants_to_be"


class BeginForm(PortalForm):
    """A name, a role and a program."""

    full_name = NameField(
        label=gettext_lazy("Your full name"),
        help_text=gettext_lazy("As it should stand under what you sign."),
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
        error_messages={"required": gettext_lazy("Enter your full name")},
    )
    role = forms.ChoiceField(
        label=gettext_lazy("What do you want to take part as?"),
        choices=[(offer.role, offer.label) for offer in OFFERS],
        widget=forms.RadioSelect,
        error_messages={"required": gettext_lazy("Choose what you want to take part as")},
    )
    program = forms.ChoiceField(
        label=gettext_lazy("In which program?"),
        widget=forms.RadioSelect,
        error_messages={"required": gettext_lazy("Choose a program")},
    )

    def __init__(self, *args: Any, versions: dict[str, tuple[str, ProgramVersion]], **kw: Any):
        super().__init__(*args, **kw)
        self.versions = versions
        names = [(code, name) for code, (name, _version) in versions.items()]
        self.fields["program"].choices = names  # type: ignore[attr-defined]
        if len(names) == 1:
            self.fields["program"].widget = forms.HiddenInput()
            self.fields["program"].initial = names[0][0]

    def clean(self) -> dict[str, Any] | None:
        """A program has only the kinds of participants it has."""
        given = super().clean()
        role, program = self.cleaned_data.get("role"), self.cleaned_data.get("program")
        party = OFFER_OF[role].party if role else ""
        if program and party and party not in self.versions[program][1].parties:
            said = _("Nobody takes part in %(program)s as that. Choose something else.")
            self.add_error("role", said % {"program": self.versions[program][0]})
        return given


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def begin(request: HttpRequest) -> HttpResponse:
    """The first page after registering. What is chosen here gives no rights."""
    person = person_here(request)
    at, by = moment_of(request), person_actor(person)
    form = BeginForm(
        request.POST if request.method == "POST" else None,
        versions=_programs(request),
        initial=request.session.get(WANTED, {}) | _known(person),
    )
    if not form.is_valid():
        return render(request, "account/begin.html", {"form": form})
    said = form.cleaned_data
    changed = profile_of(person)._replace(full_name=said["full_name"].strip())
    change_profile(person, changed, by=by, at=at)
    intend_role(person, said["program"], said["role"], by=by, at=at)
    return redirect(next_address(person) or "account:begun")


@never_cache
@require_http_methods(["GET", "HEAD"])
def begun(request: HttpRequest) -> HttpResponse:
    """Who acts next, where no page of ours can take over."""
    said = intended_role(request.user)  # type: ignore[arg-type]
    if said is None:
        return redirect("account:begin")
    found = library.current().programs.get(said.program)
    context = {
        "offer": OFFER_OF[said.role],
        "program": found.program.name if found else said.program,
    }
    return render(request, "account/begun.html", context)


def remember_wanted(request: HttpRequest) -> None:
    """Keep the role and program the page before spoke of, so that nobody is asked them again."""
    role, program = request.GET.get("as", ""), request.GET.get("program", "")
    if role in OFFER_OF and program in library.current().programs:
        request.session[WANTED] = {"role": role, "program": program}


def next_address(person: Person) -> str | None:
    """The page that takes over for what the person wants to be, where there is one."""
    said = intended_role(person)
    held = {each.asker.role for each in roles_of(person)} or {access.NO_ROLE}
    for route in OFFER_OF[said.role].routes if said is not None else ():
        try:
            if not held & access.POLICIES[route].read:
                continue
            return reverse(route)
        except (NoReverseMatch, KeyError):
            continue
    return None


def _programs(request: HttpRequest) -> dict[str, tuple[str, ProgramVersion]]:
    today = moment_of(request).date()
    found = library.current()
    versions = {code: found.effective(code, today) for code in sorted(found.programs)}
    return {
        code: (found.programs[code].program.name, version)
        for code, version in versions.items()
        if version is not None and takes_newcomers(code)
    }


def _known(person: Person) -> dict[str, Any]:
    said = intended_role(person)
    known = {"full_name": person.full_name}
    return known | ({"role": said.role, "program": said.program} if said else {})
