"""The addresses of this wire that Django answers; the calls themselves take the lean lane."""

from django.urls import path

from etasu.interfaces.api import reference

app_name = "api"
urlpatterns = [
    path("", reference.page, name="reference"),
    path("openapi.json", reference.openapi, name="openapi"),
    path("problems/<slug:code>", reference.problem, name="problem"),
]
