from django.urls import include, path

handler403 = "opsdesk.web.errors.forbidden"
handler404 = "opsdesk.web.errors.not_found"
handler429 = "opsdesk.web.errors.too_many"
handler500 = "opsdesk.web.errors.failed"
urlpatterns = [
    path("api/", include("opsdesk.api.urls")),
    path("", include("opsdesk.web.urls")),
]
