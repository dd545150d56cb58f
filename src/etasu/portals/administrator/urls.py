"""The administrator's addresses. Auditors open the same pages and send nothing but a search."""

from django.urls import path

from etasu.portals.administrator import (
    answers,
    decisions,
    events,
    newcomers,
    patients,
    people,
    programs,
    training,
    views,
)

app_name = "administrator"
urlpatterns = [
    path("", views.home, name="home"),
    path("search/", views.search, name="search"),
    path("participants/<str:number>/", people.participant, name="participant"),
    path("participants/<str:number>/suspend/", people.suspend, name="suspend"),
    path("participants/<str:number>/lift/", people.lift, name="lift"),
    path("participants/<str:number>/decertify/", people.decertify, name="decertify"),
    path("participants/<str:number>/keep/", people.keep_certified, name="keep-certified"),
    path("newcomers/", newcomers.newcomers, name="newcomers"),
    path("newcomers/<str:number>/", newcomers.newcomer, name="newcomer"),
    path("patients/<str:number>/", patients.patient, name="patient"),
    path("decisions/", decisions.explore, name="decisions"),
    path("decisions.csv", decisions.export, name="decisions-csv"),
    path("decisions/<str:number>/", decisions.decision, name="decision"),
    path("decisions/<str:number>/again/", decisions.again, name="decide-again"),
    path("events/", events.events, name="events"),
    path("events/<str:number>/", events.event, name="event"),
    path("programs/", programs.programs, name="programs"),
    path("programs/<slug:code>/<str:label>/", programs.version, name="program"),
    path("answers/", answers.answers, name="answers"),
    path("training/", training.training, name="training"),
    path("training.csv", training.export, name="training-csv"),
    path("audit/", views.audit, name="audit"),
]
