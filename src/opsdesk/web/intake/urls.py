from django.urls import path

from opsdesk.web.intake import asides, views

urlpatterns = [
    path("intake", views.ledger_page, name="ledger"),
    path("intake/setting-aside", asides.set_aside_many, name="set_aside_many"),
    path("intake/<int:arrival_id>", views.arrival, name="arrival"),
    path("intake/<int:arrival_id>/source", views.raw, name="arrival_raw"),
    path("intake/<int:arrival_id>/rerun", views.rerun, name="rerun"),
    path("intake/<int:arrival_id>/setting-aside", views.set_aside, name="set_aside"),
    path("intake/<int:arrival_id>/request", views.by_hand, name="by_hand"),
]
