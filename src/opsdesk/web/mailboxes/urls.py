from django.urls import path

from opsdesk.web.mailboxes import acts, views

urlpatterns = [
    path("mailboxes", views.mailboxes, name="mailboxes"),
    path("mailboxes/new", acts.add, name="add_mailbox"),
    path("mailboxes/<int:mailbox_id>", views.mailbox, name="mailbox"),
    path("mailboxes/<int:mailbox_id>/days/<str:day>/<str:what>", views.day, name="mailbox_day"),
    path("mailboxes/<int:mailbox_id>/change", acts.change, name="change_mailbox"),
    path("mailboxes/<int:mailbox_id>/removal", acts.remove, name="remove_mailbox"),
    path("mailboxes/<int:mailbox_id>/trial", acts.try_out, name="try_mailbox"),
    path("mailboxes/<int:mailbox_id>/secret", acts.secret, name="mailbox_secret"),
    path("mailboxes/<int:mailbox_id>/switching-off", acts.switch_off, name="mailbox_off"),
    path("mailboxes/<int:mailbox_id>/switching-on", acts.switch_on, name="mailbox_on"),
    path("mailboxes/<int:mailbox_id>/reconciliation", acts.reconcile, name="reconcile_mailbox"),
]
