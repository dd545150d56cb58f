"""The addresses of reports of side effects and of the work on them."""

from django.urls import path

from etasu.portals.safety import asking, cases, duplicates, handing_over, judging, reporting

app_name = "safety"
urlpatterns = [
    path("report/", reporting.report, name="report"),
    path("report/<str:number>/", reporting.reported, name="reported"),
    path("", cases.home, name="home"),
    path("cases/<str:number>/", cases.case, name="case"),
    path("cases/<str:number>/report.pdf", cases.case_file, name="case-file"),
    path("cases/<str:number>/assess/", judging.assess, name="assess"),
    path("cases/<str:number>/ask/", asking.ask, name="ask"),
    path("cases/<str:number>/answer/<str:question>/", asking.answer, name="answer"),
    path("cases/<str:number>/tell/", asking.tell, name="tell"),
    path("cases/<str:number>/same-as/<str:other>/", duplicates.compare, name="compare"),
    path("cases/<str:number>/apart/", duplicates.unlink, name="unlink"),
    path("hand-over/", handing_over.hand_over_cases, name="hand-over"),
    path("handed-over/", handing_over.hand_overs, name="hand-overs"),
    path("handed-over/<str:number>/", handing_over.handed, name="handed"),
    path("handed-over/<str:number>/cases.csv", handing_over.handed_csv, name="handed-csv"),
    path("handed-over/<str:number>/<str:case>.pdf", handing_over.handed_file, name="handed-file"),
]
