from django.urls import path

from opsdesk.web.dashboards import views

urlpatterns = [
    path("dashboards", views.dashboard, name="dashboards"),
    path("dashboards/<str:key>", views.dashboard, name="dashboard"),
]
