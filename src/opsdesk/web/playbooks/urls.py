from django.urls import path

from opsdesk.web.playbooks import views

urlpatterns = [
    path("playbooks", views.playbooks, name="playbooks"),
    path("playbooks/<str:category>", views.playbook, name="playbook"),
    path("playbooks/<str:category>/versions/<int:number>", views.version, name="playbook_version"),
]
