"""The addresses of standing, messages, and the page where a certificate is verified."""

from django.urls import path

from etasu.portals.standing import inbox, listing, renewing, verifying, views

app_name = "standing"
urlpatterns = [
    path("standing/", views.home, name="home"),
    path("standing/<str:number>/", views.standing, name="mine"),
    path("standing/<str:number>/renew/", renewing.renew, name="renew"),
    path("standing/<str:number>/list/", listing.listing, name="listing"),
    path("standing/<str:number>/certificates/<str:paper>/", views.certificate, name="certificate"),
    path("messages/", inbox.listing, name="messages"),
    path("messages/undelivered/", inbox.lost, name="undelivered"),
    path("messages/undelivered/<str:number>/", inbox.again, name="try-again"),
    path("messages/<str:number>/", inbox.message, name="message"),
    path("verify/", verifying.verify, name="verify"),
    path("verify/<str:number>/", verifying.verified, name="verified"),
]
