"""The addresses of live events, for whoever offers them."""

from django.urls import path

from etasu.portals.events import views

app_name = "events"
urlpatterns = [
    path("", views.home, name="home"),
    path("new/", views.new, name="new"),
    path("<str:number>/", views.event, name="event"),
    path("<str:number>/<slug:deed>/", views.do, name="do"),
]
