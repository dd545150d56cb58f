"""The care partners' addresses."""

from django.urls import path

from etasu.portals.partner import invitation, views

app_name = "partner"
urlpatterns = [
    path("", views.home, name="home"),
    path("invitation/", invitation.invitation, name="invitation"),
    path("<str:number>/", views.record, name="record"),
    path("<str:number>/results/", views.results, name="results"),
    path("<str:number>/messages/", views.messages_read, name="messages"),
    path("<str:number>/calendar/", views.new_calendar, name="calendar-new"),
    path("<str:number>/calendar/end/", views.no_calendar, name="calendar-end"),
    path("<str:number>/copies/", views.copies, name="copies"),
    path("<str:number>/leave/", views.leave, name="leave"),
]
