from django.urls import path

from opsdesk.web.people import views

urlpatterns = [
    path("people", views.people, name="people"),
    path("people/invitation", views.invite, name="invite_person"),
    path("people/<int:person_id>", views.person, name="person"),
    path("people/<int:person_id>/link", views.link, name="person_link"),
    path("people/<int:person_id>/role", views.role, name="person_role"),
    path("people/<int:person_id>/role/<str:desk>/<str:role>/end", views.role_end, name="person_role_end"),
    path("people/<int:person_id>/seat", views.seat, name="person_seat"),
    path("people/<int:person_id>/seat/<str:desk>/<str:queue>/end", views.seat_end, name="person_seat_end"),
    path("people/<int:person_id>/deactivation", views.deactivate, name="person_deactivate"),
    path("people/<int:person_id>/reactivation", views.reactivate, name="person_reactivate"),
]
