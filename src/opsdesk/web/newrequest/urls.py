from django.urls import path

from opsdesk.web.newrequest import views

urlpatterns = [
    path("desks/<str:desk_key>/requests/new", views.write_down, name="new_request"),
]
