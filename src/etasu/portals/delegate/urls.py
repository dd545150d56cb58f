"""The delegates' addresses."""

from django.urls import path

from etasu.portals.delegate import prescribers, views

app_name = "delegate"
urlpatterns = [
    path("", views.home, name="home"),
    path("patients/<str:number>/", views.patient, name="patient"),
    path("prescribers/", prescribers.prescribers, name="prescribers"),
    path("prescribers/<int:member>/leave/", prescribers.leave, name="leave"),
    path("requests/<str:asked>/take-back/", prescribers.take_back, name="take-back"),
]
