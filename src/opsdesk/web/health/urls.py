from django.urls import path

from opsdesk.web.health import views

urlpatterns = [
    path("health", views.health, name="health"),
    path("health/tasks/<int:task_id>/retrial", views.retry, name="retry_task"),
]
