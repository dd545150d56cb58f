"""The representatives' addresses."""

from django.urls import path

from etasu.portals.organization import enrolling, people, representatives, rosters, views

app_name = "organization"
urlpatterns = [
    path("", views.home, name="home"),
    path("sites.csv", views.sites_csv, name="sites-csv"),
    path("new/", views.found, name="found"),
    path("sites/add/", views.add, name="add"),
    path("sites/<str:number>/", views.site, name="site"),
    path("sites/<str:number>/enroll/", enrolling.enroll, name="enroll"),
    path("sites/<str:number>/representative/", representatives.name_next, name="representative"),
    path("sites/<str:number>/roster/", rosters.roster, name="roster"),
    path("sites/<str:number>/roster/send/", rosters.send, name="roster-send"),
    path("sites/<str:number>/roster/person/", rosters.person, name="roster-person"),
    path("sites/<str:number>/roster/invite/", rosters.invite_all, name="roster-invite"),
    path("sites/<str:number>/roster/trained/", rosters.trained, name="roster-trained"),
    path("sites/<str:number>/roster.csv", rosters.roster_csv, name="roster-csv"),
    path("roster-template.csv", rosters.template, name="roster-template"),
    path("roster-files/<str:file>/", rosters.report, name="roster-file"),
    path("roster-files/<str:file>/rows.csv", rosters.refused_csv, name="roster-refused"),
    path("roster/<int:entry>/remove/", rosters.remove, name="roster-remove"),
    path("members/<int:member>/end/", people.end, name="end"),
    path("invitations/<str:invitation>/", people.invitation, name="invitation"),
]
