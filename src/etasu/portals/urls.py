"""The addresses of the portals: what is around them, then one folder for each audience."""

from importlib.util import find_spec

from django.urls import URLPattern, URLResolver, include, path

from etasu.portals import home, invitation, language, sign_in
from etasu.portals.account import passkeys, second_step, single_sign_on, well_known
from etasu.portals.partner.invitation import arrive

PORTALS = (
    "prescriber",
    "facility",
    "courses",
    "pharmacy",
    "organization",
    "delegate",
    "training",
    "enrollment",
    "forms",
    "administrator",
    "intake",
    "watching",
    "laboratory",
    "safety",
    "support",
    "uploads",
    "appointments",
    "events",
    "partner",
    "community",
    "moderation",
)

urlpatterns: list[URLPattern | URLResolver] = [
    path("", home.home, name="home"),
    path("sign-in/", sign_in.sign_in, name="sign-in"),
    path("sign-out/", sign_in.sign_out, name="sign-out"),
    path("sign-in/passkey/", passkeys.sign_in_with_passkey, name="sign-in-with-passkey"),
    path("sign-in/second-step/", second_step.second_step, name="second-step"),
    path("sign-in/recovery-code/", second_step.recovery_code, name="recovery-code"),
    path("sign-in/lost/", second_step.lost, name="lost-second-step"),
    path("sign-in/lost/end/", second_step.lost_end, name="lost-end"),
    path("sign-in/lost/<str:secret>/", second_step.lost_link, name="lost-link"),
    path("sign-in/organization/", single_sign_on.go, name="single-sign-on"),
    path("sign-in/organization/back/", single_sign_on.come_back, name="single-sign-on-back"),
    path("sign-in/with/<slug:provider>/", well_known.go, name="sign-in-with"),
    path("sign-in/with/<slug:provider>/back/", well_known.come_back, name="sign-in-with-back"),
    path("account/", include("etasu.portals.account.urls")),
    path("role/", sign_in.choose_role, name="choose-role"),
    path("invitation/", invitation.invitation, name="invitation"),
    # Short, so that it has room in a text message
    path("h/<str:token>/", arrive, name="help-asked"),
    path("language/", language.choose_language, name="language"),
    path("", include("etasu.portals.standing.urls")),
    path("", include("etasu.portals.patient.urls")),
    path("", include("etasu.portals.public.urls")),
]
urlpatterns += [
    path(f"{name}/", include(f"etasu.portals.{name}.urls"))
    for name in PORTALS
    if find_spec(f"etasu.portals.{name}") and find_spec(f"etasu.portals.{name}.urls")
]
