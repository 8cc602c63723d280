from django.urls import path

from opsdesk.web.queues import views

urlpatterns = [
    path("desks/<str:desk>/mine", views.mine, name="mine"),
    path("desks/<str:desk>/queues/<str:queue>", views.queue, name="queue"),
    path("desks/<str:desk>/cases", views.all_cases, name="all_cases"),
    path("desks/<str:desk>/next", views.take_next, name="take_next"),
    path("desks/<str:desk>/views", views.save_view, name="save_view"),
    path("desks/<str:desk>/views/<int:view_id>/removal", views.remove_view, name="remove_view"),
    path("desks/<str:desk>/bulk/<str:act>", views.bulk, name="bulk"),
]
