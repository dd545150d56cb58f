"""The addresses of appointments for tests, and of draw sites."""

from django.urls import path

from etasu.portals.appointments import doing, sites, views

app_name = "appointments"
urlpatterns = [
    path("", views.home, name="home"),
    path("sites/", sites.home, name="sites"),
    path("sites/template.csv", sites.template, name="sites-template"),
    path("sites/files/<str:number>/", sites.file, name="sites-file"),
    path("sites/files/<str:number>/rows.csv", sites.rows, name="sites-rows"),
    path("<str:number>/", views.appointment, name="appointment"),
    path("<str:number>/<slug:deed>/", doing.do, name="do"),
]
