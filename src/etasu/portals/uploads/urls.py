"""The addresses of files of results."""

from django.urls import path

from etasu.portals.uploads import views

app_name = "uploads"
urlpatterns = [
    path("", views.home, name="home"),
    path("template.<str:kind>", views.template, name="template"),
    path("<str:number>/", views.file, name="file"),
    path("<str:number>/rows.<str:kind>", views.rows, name="rows"),
    path("<str:number>/set-aside/", views.set_aside, name="set-aside"),
]
