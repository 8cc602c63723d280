from django.urls import path

from opsdesk.web.disputes import lists, rulings, views, waivers

urlpatterns = [
    path("disputes", lists.queue, name="disputes"),
    path("disputes/next", lists.take_next, name="next_dispute"),
    path("disputes/views", lists.save_view, name="save_dispute_view"),
    path("disputes/views/<int:view_id>/removal", lists.remove_view, name="remove_dispute_view"),
    path("disputes/<int:dispute_id>", views.dispute, name="dispute"),
    path("disputes/<int:dispute_id>/step", views.step, name="dispute_step"),
    path("disputes/<int:dispute_id>/evidence", views.evidence, name="dispute_evidence"),
    path("disputes/<int:dispute_id>/ruling", rulings.ruling, name="dispute_ruling"),
    path("disputes/<int:dispute_id>/waivers/<str:item>", waivers.waive, name="dispute_waiver"),
    path("disputes/<int:dispute_id>/waivers/<str:item>/withdrawal", waivers.unwaive, name="dispute_unwaiver"),
]
