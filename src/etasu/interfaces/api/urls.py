"""The addresses of this wire that Django answers; questions to a gate take the lean lane."""

from django.urls import path

from etasu.interfaces.api import forms, reading, reference, safety

app_name = "api"
urlpatterns = [
    path("", reference.page, name="reference"),
    path("openapi.json", reference.openapi, name="openapi"),
    path("patients/<str:number>/forms", forms.patient_forms, name="patient-forms"),
    path("participants/<str:number>/forms", forms.participant_forms, name="participant-forms"),
    path("forms/<str:number>", forms.form, name="form"),
    path("safety/reports", safety.reports, name="safety-reports"),
    path("safety/reports/<str:number>", safety.report, name="safety-report"),
    path("problems/<slug:code>", reference.problem, name="problem"),
    path("<path:elsewhere>", reading.nowhere, name="nowhere"),
]
