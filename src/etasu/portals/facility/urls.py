"""The addresses of the facility portal."""

from django.urls import path

from etasu.portals.facility import recording, views

app_name = "facility"
urlpatterns = [
    path("", views.home, name="home"),
    path("today/", views.today, name="today"),
    path("decisions/<slug:number>/", views.decision, name="decision"),
    path("decisions/<slug:number>/infusion/", recording.record, name="record"),
    path("decisions/<slug:number>/take-back/", views.take_back, name="take-back"),
    path("infusions/record/", recording.record_unauthorized, name="record-unauthorized"),
    path("infusions/<slug:number>/", recording.infusion, name="infusion"),
]
