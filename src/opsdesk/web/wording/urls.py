from django.urls import path

from opsdesk.web.wording import views

urlpatterns = [
    path("desks/<str:desk>/templates", views.wording, name="wording"),
    path("desks/<str:desk>/templates/new", views.add, name="add_wording"),
    path("desks/<str:desk>/templates/<int:template_id>", views.change, name="change_wording"),
    path("desks/<str:desk>/templates/<int:template_id>/removal", views.remove, name="remove_wording"),
]
