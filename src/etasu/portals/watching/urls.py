"""The addresses of watching over patients."""

from django.urls import path

from etasu.portals.watching import views

app_name = "watching"
urlpatterns = [
    path("", views.home, name="home"),
    path("patients/<str:number>/", views.patient, name="patient"),
    path("patients/<str:number>/extend/", views.extend, name="extend"),
    path("patients/<str:number>/waive/<slug:rule>/<str:due>/", views.waive, name="waive"),
    path("signals/<str:number>/", views.acknowledge, name="acknowledge"),
]
