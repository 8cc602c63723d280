from django.urls import path

from opsdesk.web.evidence import files, views

urlpatterns = [
    path("deals/<int:deal_id>/evidence", views.of_deal, name="deal_evidence"),
    path("evidence/<int:evidence_id>", files.file, name="evidence_file"),
    path("evidence/<int:evidence_id>/picture", files.picture, name="evidence_picture"),
    path("evidence/<int:evidence_id>/pages", files.pages, name="evidence_pages"),
    path("evidence/<int:evidence_id>/withdrawal", views.withdraw, name="evidence_withdrawal"),
]
