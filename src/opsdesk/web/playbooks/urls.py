from django.urls import path

from opsdesk.web.playbooks import views

urlpatterns = [
    path("playbooks", views.playbooks, name="playbooks"),
    path("playbooks/next", views.publish_first, name="publish_first_playbook"),
    path("playbooks/<str:category>", views.playbook, name="playbook"),
    path("playbooks/<str:category>/next", views.publish, name="publish_playbook"),
    path("playbooks/<str:category>/versions/<int:number>", views.version, name="playbook_version"),
]
