from django.urls import path

from opsdesk.web.funnel import views

urlpatterns = [
    path("desks/<str:desk>/funnel", views.funnel, name="funnel"),
    path("desks/<str:desk>/funnel.csv", views.table, name="funnel_table"),
    path("desks/<str:desk>/funnel/cases", views.cases, name="funnel_cases"),
    path("desks/<str:desk>/funnel/cases.csv", views.cases_table, name="funnel_cases_table"),
]
