"""The addresses of files of results."""

from django.urls import path

from etasu.portals.uploads import views

app_name = "uploads"
urlpatterns = [
    path("", views.home, name="home"),
    path("template.<str:kind>", views.template, name="template"),
    path("<str:upload>/", views.file, name="file"),
    path("<str:upload>/rows.<str:kind>", views.rows, name="rows"),
    path("<str:upload>/set-aside/", views.set_aside, name="set-aside"),
]
