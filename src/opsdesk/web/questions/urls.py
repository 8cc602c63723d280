from django.urls import path

from opsdesk.web.questions import views

urlpatterns = [
    path("questions", views.questions, name="questions"),
    path("questions/<str:key>", views.question, name="question"),
]
