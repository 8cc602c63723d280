from django.urls import path

from opsdesk.web.hooks import views

urlpatterns = [
    path("hooks/mail/<str:key>", views.mail, name="mail_hook"),
]
