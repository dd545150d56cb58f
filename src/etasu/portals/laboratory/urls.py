"""The addresses of what laboratories send."""

from django.urls import path

from etasu.portals.laboratory import (
    codes,
    connections,
    home,
    messages,
    quarantine,
    reconciling,
    reviews,
    trying,
)

app_name = "laboratory"
urlpatterns = [
    path("", home.home, name="home"),
    path("connections/", connections.connections, name="connections"),
    path("connections/new/", connections.connect, name="connect"),
    path("connections/<str:number>/", connections.connection, name="connection"),
    path("connections/<str:number>/end/", connections.end_connection, name="end-connection"),
    path("connections/<str:number>/names/<int:entry>/", connections.end_name, name="end-name"),
    path("messages/", messages.log, name="messages"),
    path("messages/<str:number>/", messages.message, name="message"),
    path("messages/<str:number>/again/", messages.again, name="again"),
    path("messages/<str:number>/items/<int:entry>/", quarantine.item, name="item"),
    path("waiting/", quarantine.quarantine, name="quarantine"),
    path("waiting/results/", reviews.review, name="review"),
    path("waiting/reports/<str:number>/", reconciling.reconcile, name="reconcile"),
    path("codes/", codes.codes, name="codes"),
    path("codes/one/", codes.code, name="code"),
    path("try/", trying.try_out, name="try"),
    path("checklist/", trying.checklist, name="checklist"),
]
