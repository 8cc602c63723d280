from django.urls import path

from opsdesk.web.search import views

urlpatterns = [path("search", views.search, name="search")]
