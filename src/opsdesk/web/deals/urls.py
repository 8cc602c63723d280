from django.urls import path

from opsdesk.web.deals import glossary, issue, saved, views

urlpatterns = [
    path("deals", views.deals, name="deals"),
    path("deals/words", glossary.glossary, name="glossary"),
    path("deals/views", saved.save_view, name="save_deals_view"),
    path("deals/views/<int:view_id>/removal", saved.remove_view, name="remove_deals_view"),
    path("deals/<int:deal_id>", views.deal, name="deal"),
    path("deals/<int:deal_id>/issue", issue.raise_issue, name="raise_issue"),
]
