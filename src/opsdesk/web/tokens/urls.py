from django.urls import path

from opsdesk.web.tokens import views

urlpatterns = [
    path("tokens", views.listed, name="tokens"),
    path("tokens/new", views.add, name="add_token"),
    path("tokens/<int:token_id>/revocation", views.revoke, name="revoke_token"),
]
