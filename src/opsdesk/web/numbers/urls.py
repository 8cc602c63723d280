from django.urls import path

from opsdesk.web.numbers import members, saved

urlpatterns = [
    path("desks/<str:desk>/numbers/<str:key>", members.number, name="number"),
    path("desks/<str:desk>/number-views/<str:page>", saved.save_view, name="save_numbers_view"),
    path(
        "desks/<str:desk>/number-views/<int:view_id>/removal", saved.remove_view, name="remove_numbers_view"
    ),
]
