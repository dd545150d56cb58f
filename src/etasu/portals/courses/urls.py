"""The addresses of the summaries of courses."""

from django.urls import path

from etasu.portals.courses import views

app_name = "courses"
urlpatterns = [
    path("<slug:patient>/<int:course>/", views.summary, name="summary"),
    path("<slug:patient>/<int:course>/summary.pdf", views.pdf, name="pdf"),
]
