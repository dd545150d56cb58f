"""The addresses of getting in."""

from django.urls import path

from etasu.portals.enrollment import views

app_name = "enrollment"
urlpatterns = [
    path("", views.home, name="home"),
    path("begin/", views.begin, name="begin"),
]
