from django.urls import path

from opsdesk.web.findings import thresholds, views

urlpatterns = [
    path("findings", views.findings, name="findings"),
    path("desks/<str:desk>/thresholds", thresholds.thresholds, name="thresholds"),
    path("desks/<str:desk>/thresholds/<str:key>", thresholds.threshold, name="threshold"),
]
