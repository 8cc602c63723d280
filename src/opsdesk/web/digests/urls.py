from django.urls import path

from opsdesk.web.digests import lists, views

urlpatterns = [
    path("desks/<str:desk>/digests", views.digests, name="digests"),
    path("desks/<str:desk>/digests/letters", views.letters, name="digest_letters"),
    path("desks/<str:desk>/digests/so-far/<str:rhythm>", views.so_far, name="digest_so_far"),
    path("desks/<str:desk>/digests/so-far/<str:rhythm>/<str:line>", lists.of_running, name="digest_now_list"),
    path("desks/<str:desk>/digests/<int:digest_id>", views.digest, name="digest"),
    path("desks/<str:desk>/digests/<int:digest_id>/retrial", views.retry, name="digest_retrial"),
    path("desks/<str:desk>/digests/<int:digest_id>/<str:line>", lists.of_digest, name="digest_list"),
]
