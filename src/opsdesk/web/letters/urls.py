from django.urls import path

from opsdesk.web.letters import views

urlpatterns = [
    path("letters", views.letters, name="letters"),
    path("letters/<int:message_id>/retrial", views.retry, name="retry_letter"),
    path("letters/<int:message_id>/giving-up", views.give_up, name="give_up_letter"),
]
