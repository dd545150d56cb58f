"""The addresses of the whole site."""

from django.urls import URLPattern, URLResolver, include, path

from etasu.site import health

urlpatterns: list[URLPattern | URLResolver] = [
    path("livez", health.livez, name="livez"),
    path("readyz", health.readyz, name="readyz"),
    path("version", health.version, name="version"),
    path("api/v1/", include("etasu.interfaces.api.urls")),
    path("", include("etasu.portals.urls")),
]

handler400 = "etasu.portals.errors.bad_request"
handler403 = "etasu.portals.errors.permission_denied"
handler404 = "etasu.portals.errors.not_found"
handler500 = "etasu.portals.errors.server_error"
