from django.urls import path

from opsdesk.web.accounts import views

urlpatterns = [
    path("accounts", views.accounts, name="accounts"),
    path("accounts/new", views.add, name="add_account"),
    path("accounts/of-case/<int:case_id>", views.choose, name="choose_account"),
    path("accounts/<str:key>", views.account, name="account"),
    path("accounts/<str:key>/change", views.change, name="change_account"),
]
