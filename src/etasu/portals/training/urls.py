"""The training center's addresses, for anybody who is signed in."""

from django.urls import path

from etasu.portals.training import assessing, reading, views

app_name = "training"
ROOM = "<slug:program>/<slug:audience>/"
MODULE = f"{ROOM}modules/<slug:module>/"
ASSESSMENT = f"{ROOM}assessments/<slug:assessment>/"
ATTEMPT = f"{ASSESSMENT}<int:attempt>/"
urlpatterns = [
    path("", views.home, name="home"),
    path("all/", views.everything, name="all"),
    path(ROOM, views.tasks, name="tasks"),
    path(MODULE, reading.module, name="module"),
    path(f"{MODULE}<slug:page>/", reading.page, name="page"),
    path(ASSESSMENT, assessing.start, name="assessment"),
    path(f"{ATTEMPT}questions/<int:question>/", assessing.question, name="question"),
    path(f"{ATTEMPT}check/", assessing.check, name="check"),
    path(f"{ATTEMPT}result/", assessing.result, name="result"),
]
