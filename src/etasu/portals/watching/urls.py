"""The addresses of watching over patients."""

from django.urls import path

from etasu.portals.watching import deciding, entering, reports, saving, views

app_name = "watching"
urlpatterns = [
    path("", views.home, name="home"),
    path("views/keep/", saving.keep, name="keep-view"),
    path("views/<str:number>/remove/", saving.remove, name="remove-view"),
    path("reports/", reports.waiting, name="reports"),
    path("reports/<str:number>/", reports.report, name="report"),
    path("reports/<str:number>/send-back/", reports.send_back, name="send-back"),
    path("reports/<str:number>/file", reports.file, name="report-file"),
    path("reports/<str:number>/<int:page>.png", reports.picture, name="report-picture"),
    path("patients/<str:number>/", views.patient, name="patient"),
    path("patients/<str:number>/results/", entering.enter, name="enter"),
    path("patients/<str:number>/extend/", deciding.extend, name="extend"),
    path("patients/<str:number>/waive/<slug:rule>/<str:due>/", deciding.waive, name="waive"),
    path("patients/<str:number>/waivers/<str:waiver>/", deciding.unwaive, name="unwaive"),
    path("signals/<str:number>/", deciding.acknowledge, name="acknowledge"),
]
