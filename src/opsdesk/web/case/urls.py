from django.urls import path

from opsdesk.web.case import files, views

urlpatterns = [
    path("cases/<int:case_id>", views.case, name="case"),
    path("cases/<int:case_id>/presence", views.presence, name="presence"),
    path("cases/<int:case_id>/messages/<int:message_id>/html", files.html, name="message_html"),
    path("cases/<int:case_id>/messages/<int:message_id>/keeping", views.keep_message, name="keep_message"),
    path(
        "cases/<int:case_id>/messages/<int:message_id>/files/<str:path>", files.attachment, name="attachment"
    ),
    path("cases/<int:case_id>/<str:noun>", views.verb, name="case_verb"),
]
