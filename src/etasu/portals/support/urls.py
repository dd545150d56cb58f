"""The addresses of the support nurses' room."""

from django.urls import path

from etasu.portals.support import calling, duty, views, writing

app_name = "support"
_PATIENT = "patients/<str:number>/"
urlpatterns = [
    path("", views.home, name="home"),
    path("rota/", duty.rota, name="rota"),
    path("rota/<str:number>/", duty.shift, name="shift"),
    path("hand-over/", duty.hand_over, name="hand-over"),
    path("hand-over/<str:number>/", duty.take_over, name="take-over"),
    path(_PATIENT, views.patient, name="patient"),
    path(f"{_PATIENT}nurse/", views.nurse, name="nurse"),
    path(f"{_PATIENT}call/", calling.call, name="call"),
    path(f"{_PATIENT}notes/<str:corrects>/", calling.call, name="correct"),
    path(f"{_PATIENT}callback/", calling.callback, name="callback"),
    path(f"{_PATIENT}callback/not-wanted/", calling.not_wanted, name="not-wanted"),
    path(f"{_PATIENT}message/", writing.write, name="write"),
    path(f"{_PATIENT}message/settle/", writing.settle, name="settle"),
    path(f"{_PATIENT}events/<str:doubt>/", calling.event, name="event"),
    path(f"{_PATIENT}report/<str:source>/<str:thing>/", calling.escalate, name="escalate"),
]
