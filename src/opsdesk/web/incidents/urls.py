from django.urls import path

from opsdesk.web.incidents import views

urlpatterns = [
    path("incidents", views.incidents, name="incidents"),
    path("incidents/new", views.report, name="report_incident"),
]
