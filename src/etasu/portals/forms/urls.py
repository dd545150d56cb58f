"""The addresses of the forms."""

from django.urls import path

from etasu.portals.forms import beginning, filling, handing_over, receipts, signing

app_name = "forms"
urlpatterns = [
    path("", signing.waiting, name="waiting"),
    path("sign-together/", signing.together, name="together"),
    path("new-patient/", beginning.begin_patient, name="begin-patient"),
    path("begin/<slug:form>/", beginning.begin_own, name="begin"),
    path(
        "begin/<slug:form>/infusion/<str:infusion>/",
        beginning.begin_for_course,
        name="begin-for-course",
    ),
    path(
        "begin/<slug:form>/authorization/<str:authorization>/",
        beginning.begin_for_unused,
        name="begin-for-unused",
    ),
    path("begin/<slug:form>/<str:patient>/", beginning.begin_about, name="begin-about"),
    path("<str:number>/", filling.resume, name="resume"),
    path("<str:number>/check/", filling.check, name="check"),
    path("<str:number>/sign/", signing.sign, name="sign"),
    path("<str:number>/hand-over/", handing_over.hand_over, name="hand-over"),
    path("<str:number>/patient/", handing_over.patient_signs, name="patient-signs"),
    path("<str:number>/back/", handing_over.device_back, name="device-back"),
    path("<str:number>/signed/", receipts.receipt, name="receipt"),
    path("<str:number>/form.pdf", receipts.pdf, name="pdf"),
    path("<str:number>/change/", filling.reopen, name="reopen"),
    path("<str:number>/new-edition/", filling.move, name="move"),
    path("<str:number>/page/<slug:code>/", filling.page, name="page"),
]
