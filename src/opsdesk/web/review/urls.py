from django.urls import path

from opsdesk.web.review import acts, notes, points, views

urlpatterns = [
    path("desks/<str:desk>/reviews", views.reviews, name="reviews"),
    path("desks/<str:desk>/reviews/new", acts.write, name="write_review"),
    path("desks/<str:desk>/reviews/<int:review_id>", views.review, name="review"),
    path("desks/<str:desk>/reviews/<int:review_id>/file.<str:kind>", views.file, name="review_file"),
    path("desks/<str:desk>/reviews/<int:review_id>/notes/new", notes.attach, name="attach_note"),
    path("desks/<str:desk>/reviews/<int:review_id>/notes/<int:note_id>", notes.note, name="review_note"),
    path(
        "desks/<str:desk>/reviews/<int:review_id>/notes/<int:note_id>/points", notes.take, name="take_points"
    ),
    path("desks/<str:desk>/reviews/<int:review_id>/points/new", points.add, name="add_point"),
    path("desks/<str:desk>/reviews/<int:review_id>/points/<int:point_id>", points.edit, name="edit_point"),
    path(
        "desks/<str:desk>/reviews/<int:review_id>/points/<int:point_id>/<str:verb>",
        points.end,
        name="end_point",
    ),
]
