from django.urls import path

from opsdesk.web.calendars import views

urlpatterns = [
    path("calendars", views.calendars, name="calendars"),
    path("calendars/new", views.begin, name="new_calendar"),
    path("calendars/<str:name>", views.calendar, name="calendar"),
    path("calendars/<str:name>/next", views.draft, name="draft_calendar"),
    path("calendars/<str:name>/versions/<int:number>", views.version, name="calendar_version"),
    path("calendars/<str:name>/closed-days", views.close_day, name="close_day"),
    path("calendars/<str:name>/closed-days/<str:day>/opening", views.open_day, name="open_day"),
]
