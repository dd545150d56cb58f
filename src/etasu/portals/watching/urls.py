"""The addresses of watching over patients."""

from django.urls import path

from etasu.portals.watching import (
    deciding,
    entering,
    ordering,
    reminders,
    reports,
    saving,
    symptoms,
    taking_back,
    views,
)

app_name = "watching"
urlpatterns = [
    path("", views.home, name="home"),
    path("views/keep/", saving.keep, name="keep-view"),
    path("views/<str:view>/remove/", saving.remove, name="remove-view"),
    path("reports/", reports.waiting, name="reports"),
    path("reports/<str:report>/", reports.show, name="report"),
    path("reports/<str:report>/send-back/", reports.send_back, name="send-back"),
    path("reports/<str:report>/file", reports.file, name="report-file"),
    path("reports/<str:report>/<int:page>.png", reports.picture, name="report-picture"),
    path("patients/<str:number>/", views.patient, name="patient"),
    path("patients/<str:number>/reminders/", reminders.said, name="reminders"),
    path("patients/<str:number>/results/", entering.enter, name="enter"),
    path("patients/<str:number>/results/<int:entry>/", taking_back.take_back, name="take-back"),
    path("patients/<str:number>/extend/", deciding.extend, name="extend"),
    path("patients/<str:number>/waive/<slug:rule>/<str:due>/", deciding.waive, name="waive"),
    path("patients/<str:number>/waivers/<str:waiver>/", deciding.unwaive, name="unwaive"),
    path("patients/<str:number>/order/", ordering.order, name="order"),
    path("patients/<str:number>/order.pdf", ordering.order_file, name="order-file"),
    path("self-checks/<str:number>/", symptoms.acknowledge, name="acknowledge-symptoms"),
    path("signals/<str:number>/", deciding.acknowledge, name="acknowledge"),
]
