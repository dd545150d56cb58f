"""The prescriber's addresses."""

from django.urls import path

from etasu.portals.prescriber import authorize, delegates, transfers, views

app_name = "prescriber"
urlpatterns = [
    path("", views.home, name="home"),
    path("delegates/", delegates.delegates, name="delegates"),
    path("delegates/invite/", delegates.invite_delegate, name="delegate-invite"),
    path("delegates/requests/<str:asked>/", delegates.answer, name="delegate-answer"),
    path(
        "delegates/invitations/<str:invitation>/", delegates.invitation, name="delegate-invitation"
    ),
    path("delegates/<int:member>/end/", delegates.end_delegate, name="delegate-end"),
    path("patients/<str:number>/", views.patient, name="patient"),
    path("patients/<str:number>/holds/", views.open_hold, name="open-hold"),
    path("patients/<str:number>/holds/<int:hold>/", views.close_hold, name="close-hold"),
    path("patients/<str:number>/ask/<slug:gate>/", views.ask, name="ask"),
    path(
        "patients/<str:number>/authorize/<slug:gate>/",
        authorize.start,
        name="authorize",
    ),
    path(
        "patients/<str:number>/authorize/<slug:gate>/sign/",
        authorize.sign,
        name="authorize-sign",
    ),
    path(
        "patients/<str:number>/authorize/<slug:gate>/check/",
        authorize.check,
        name="authorize-check",
    ),
    path(
        "patients/<str:number>/authorize/<slug:gate>/<slug:code>/",
        authorize.answer,
        name="authorize-page",
    ),
    path("transfers/<str:number>/", transfers.transfer, name="transfer"),
    path("decisions/<str:number>/", views.decision, name="decision"),
    path("authorizations/<str:number>/take-back/", views.take_back, name="take-back"),
]
