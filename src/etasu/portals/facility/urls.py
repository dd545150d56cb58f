"""The addresses of the facility portal."""

from django.urls import path

from etasu.portals.facility import board, course_ends, courses, days, recording, views

app_name = "facility"
urlpatterns = [
    path("", views.home, name="home"),
    path("today/", board.today, name="today"),
    path("days/<slug:number>/", days.day, name="day"),
    path("entries/<slug:number>/", days.entry, name="entry"),
    path("courses/<slug:patient>/<int:course>/", courses.course, name="course"),
    path("courses/<slug:patient>/<int:course>/end/", course_ends.end, name="end-course"),
    path("vials/<slug:number>/", courses.strike, name="strike-vials"),
    path("decisions/<slug:number>/", views.decision, name="decision"),
    path("decisions/<slug:number>/infusion/", recording.record, name="record"),
    path("decisions/<slug:number>/take-back/", views.take_back, name="take-back"),
    path("infusions/record/", recording.record_unauthorized, name="record-unauthorized"),
    path("infusions/<slug:number>/", recording.infusion, name="infusion"),
]
