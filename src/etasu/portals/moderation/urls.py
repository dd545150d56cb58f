"""The moderators' addresses."""

from django.urls import path

from etasu.portals.moderation import views

app_name = "moderation"
urlpatterns = [
    path("", views.home, name="home"),
    path("posts/<str:number>/", views.post, name="post"),
    path("posts/<str:number>/side-effect/", views.side_effect, name="side-effect"),
    path("appeals/<str:number>/", views.appeal, name="appeal"),
]
