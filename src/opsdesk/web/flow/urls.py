from django.urls import path

from opsdesk.web.flow import views

urlpatterns = [
    path("desks/<str:desk>/flow", views.index, name="flow"),
    path("desks/<str:desk>/flow/<str:key>", views.page, name="flow_page"),
]
