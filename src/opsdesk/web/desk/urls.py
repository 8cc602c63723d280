from django.urls import path

from opsdesk.web.desk import views

urlpatterns = [
    path("desks/<str:desk>/definition", views.desk, name="desk"),
    path("desks/<str:desk>/definition/next", views.publish, name="publish_desk"),
    path("desks/<str:desk>/definition/versions/<int:number>", views.version, name="desk_version"),
    path("desks/<str:desk>/targets", views.target, name="set_target"),
]
