"""The community's addresses: opaque numbers, and no name in any of them."""

from django.urls import path

from etasu.portals.community import joining, reading, writing

app_name = "community"
urlpatterns = [
    path("", joining.home, name="home"),
    path("rules/", joining.rules, name="rules"),
    path("allow/", joining.allow, name="allow"),
    path("join/", joining.joining, name="join"),
    path("leave/", joining.leave, name="leave"),
    path("mine/", writing.mine, name="mine"),
    path("boards/<slug:slug>/", reading.board, name="board"),
    path("boards/<slug:slug>/begin/", writing.begin_topic, name="begin-topic"),
    path("topics/<str:number>/", reading.topic, name="topic"),
    path("topics/<str:number>/answer/", writing.answer, name="answer"),
    path("topics/<str:number>/follow/", reading.follow, name="follow"),
    path("posts/<str:number>/edit/", writing.edit, name="edit"),
    path("posts/<str:number>/delete/", writing.delete, name="delete"),
    path("posts/<str:number>/nod/", reading.nod, name="nod"),
    path("posts/<str:number>/block/", reading.block, name="block"),
    path("posts/<str:number>/report/", reading.report, name="report"),
    path("members/<str:number>/see-again/", reading.see_again, name="unblock"),
    path("rulings/<str:number>/appeal/", writing.appeal, name="appeal"),
]
