"""The addresses of the pharmacy portal."""

from django.urls import path

from etasu.portals.pharmacy import views

app_name = "pharmacy"
urlpatterns = [
    path("", views.home, name="home"),
    path("decisions/", views.history, name="history"),
    path("decisions/<slug:number>/", views.decision, name="decision"),
    path("decisions/<slug:number>/dispense/", views.dispense, name="dispense"),
    path("decisions/<slug:number>/take-back/", views.take_back, name="take-back"),
]
