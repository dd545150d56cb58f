"""The addresses of the whole site."""

from functools import partial

from django.conf import settings
from django.urls import URLPattern, URLResolver, include, path

from etasu.interfaces.api.forms import form_file
from etasu.interfaces.fhir.own_record import bundle_of
from etasu.interfaces.fhir.web import system as post_bundle
from etasu.interfaces.hl7v2.web import post as post_messages
from etasu.interfaces.sms.web import receive as receive_receipts
from etasu.portals.laboratory.lent import lend
from etasu.portals.patient.own_data import lend as lend_bundle
from etasu.portals.patient.texting import lend as lend_texting
from etasu.site import health
from etasu.site.laboratory import MessagesOfLaboratories
from etasu.site.printing import printed_form
from etasu.site.sms import hand_over_at_once

lend(MessagesOfLaboratories())
lend_bundle(partial(bundle_of, numbers=f"{settings.ETASU_SITE_URL}/patients"))
lend_texting(hand_over_at_once)
urlpatterns: list[URLPattern | URLResolver] = [
    path("livez", health.livez, name="livez"),
    path("readyz", health.readyz, name="readyz"),
    path("version", health.version, name="version"),
    # One door reads the record, another prints it: here they meet.
    path("api/v1/forms/<str:number>/pdf", form_file(printed_form), name="form-file"),
    path("api/v1/hl7", post_messages, name="hl7"),
    path("api/v1/sms/<str:provider>", receive_receipts, name="sms-receipts"),
    path("api/v1/", include("etasu.interfaces.api.urls")),
    path("fhir/R4", post_bundle, name="fhir"),
    path("fhir/R4/", include("etasu.interfaces.fhir.urls")),
    path("", include("etasu.portals.urls")),
]

handler400 = "etasu.portals.errors.bad_request"
handler403 = "etasu.portals.errors.permission_denied"
handler404 = "etasu.portals.errors.not_found"
handler500 = "etasu.portals.errors.server_error"
