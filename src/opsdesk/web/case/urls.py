from django.urls import path

from opsdesk.web.case import files, proposals, undoing, views

urlpatterns = [
    path("cases/<int:case_id>", views.case, name="case"),
    path("cases/<int:case_id>/presence", views.presence, name="presence"),
    path("cases/<int:case_id>/messages/<int:message_id>/html", files.html, name="message_html"),
    path("cases/<int:case_id>/messages/<int:message_id>/keeping", views.keep_message, name="keep_message"),
    path(
        "cases/<int:case_id>/messages/<int:message_id>/files/<str:path>", files.attachment, name="attachment"
    ),
    path("cases/<int:case_id>/messages/<int:message_id>/pictures/<str:path>", files.picture, name="picture"),
    path("cases/<int:case_id>/messages/<int:message_id>/pages/<str:path>", files.pages, name="pages"),
    path("cases/<int:case_id>/messages/<int:message_id>/proposal", proposals.proposal, name="proposal"),
    path(
        "cases/<int:case_id>/messages/<int:message_id>/proposal/dismissal",
        proposals.dismiss,
        name="proposal_dismissal",
    ),
    path("cases/<int:case_id>/messages/<int:message_id>/proposal/undo", proposals.undo, name="proposal_undo"),
    path("cases/<int:case_id>/joins/<int:join_id>/undo", views.undo_join, name="undo_join"),
    path("cases/<int:case_id>/undo", undoing.undo, name="case_undo"),
    path("cases/<int:case_id>/<str:noun>", views.verb, name="case_verb"),
]
