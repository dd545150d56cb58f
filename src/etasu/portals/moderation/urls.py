"""The moderators' addresses."""

from django.urls import path

from etasu.portals.moderation import boards, views

app_name = "moderation"
urlpatterns = [
    path("", views.home, name="home"),
    path("boards/", boards.boards, name="boards"),
    path("boards/<slug:slug>/", boards.board, name="board"),
    path("topics/<str:number>/", boards.topic, name="topic"),
    path("posts/<str:number>/", views.post, name="post"),
    path("posts/<str:number>/side-effect/", views.side_effect, name="side-effect"),
    path("appeals/<str:number>/", views.appeal, name="appeal"),
]
