from django.urls import path

from opsdesk.web.account import views

urlpatterns = [
    path("", views.home, name="home"),
    path("sign-in", views.sign_in, name="account_login"),
    path("sign-out", views.sign_out, name="account_logout"),
    path("sign-up", views.sign_up_closed, name="account_signup"),
    path("inactive", views.inactive, name="account_inactive"),
    path("invitation/<str:number>/<str:token>", views.invitation, name="invite"),
    path("me", views.profile, name="profile"),
    path("me/password", views.change_password, name="account_change_password"),
    path("keys", views.keys, name="keys"),
]
