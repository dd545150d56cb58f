"""The addresses of what patients do by a link, and of what others do about it."""

from django.urls import path

from etasu.portals.patient import (
    agreeing,
    allowing,
    choices,
    costs,
    on_behalf,
    opening,
    reminding,
    reporting,
    sending,
    side_effects,
    signing,
)

app_name = "patient"
urlpatterns = [
    # By the link; its token is in the first address alone.
    path("p/", choices.entrance, name="entrance"),
    path("p/start/", opening.start, name="start"),
    path("p/ask/", opening.ask_new, name="ask-new"),
    path("p/leave/", opening.leave, name="leave"),
    path("p/form/", allowing.welcome, name="welcome"),
    path("p/form/allow/<slug:code>/", allowing.consent, name="consent"),
    path("p/form/agree/", agreeing.agree, name="agree"),
    path("p/form/read/", signing.read, name="read"),
    path("p/form/sign/", signing.sign, name="sign"),
    path("p/form/done/", signing.done, name="done"),
    path("p/form/copy.pdf", signing.copy, name="copy"),
    path("p/form/take-back/", signing.take_back, name="take-back"),
    path("p/reports/", reporting.reports, name="reports"),
    path("p/side-effect/", side_effects.begin, name="side-effect"),
    path("p/side-effect/done/", side_effects.done, name="side-effect-done"),
    path("p/side-effect/<slug:slug>/", side_effects.step, name="side-effect-step"),
    path("p/choices/", choices.ask, name="choices-ask"),
    path("p/choices/all/", choices.choices, name="choices"),
    path("p/choices/<slug:code>/take-back/", choices.withdraw, name="withdraw"),
    path("p/choices/<slug:code>/allow/", choices.give, name="give"),
    # How they are reminded, and a calendar that devices read
    path("p/reminders/", reminding.reminders, name="reminders"),
    path("p/reminders/calendar/", reminding.new_calendar, name="calendar-new"),
    path("p/reminders/calendar/end/", reminding.no_calendar, name="calendar-end"),
    # Help with costs
    path("p/costs/", costs.home, name="costs"),
    path("p/costs/claim/", costs.claim, name="costs-claim"),
    path("p/costs/leave/", costs.leave, name="costs-leave"),
    path("p/costs/<slug:question>/", costs.ask, name="costs-ask"),
    path("p/stop/<str:signed>/", reminding.stop, name="stop"),
    path("calendar/<str:secret>.ics", reminding.calendar, name="calendar"),
    path("p/<str:token>/", opening.arrive, name="arrive"),
    # For those who enroll the patient, and for the program
    path("patient/forms/<str:number>/link/", sending.link, name="link"),
    path("patient/forms/<str:number>/link/send/", sending.send_link, name="send-link"),
    path("patient/forms/<str:number>/link/end/", sending.withdraw_link, name="withdraw-link"),
    path("patient/<str:number>/choices/", on_behalf.choices_of_patient, name="choices-of"),
    path(
        "patient/<str:number>/choices/<slug:code>/take-back/",
        on_behalf.withdraw_for_patient,
        name="withdraw-for",
    ),
]
