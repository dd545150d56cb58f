"""The addresses of this wire."""

from django.urls import path

from etasu.interfaces.fhir import web

app_name = "fhir"
urlpatterns = [
    path("", web.system, name="system"),
    path("metadata", web.metadata, name="metadata"),
    path("<str:kind>", web.of_kind, name="of-kind"),
    path("<str:kind>/<str:number>", web.of_one, name="of-one"),
    path("<path:elsewhere>", web.nowhere, name="nowhere"),
]
