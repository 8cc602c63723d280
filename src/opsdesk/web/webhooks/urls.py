from django.urls import path

from opsdesk.web.webhooks import acts, views

urlpatterns = [
    path("webhooks", views.endpoints, name="webhooks"),
    path("webhooks/new", acts.add, name="add_webhook"),
    path("webhooks/<int:endpoint_id>", views.endpoint, name="webhook"),
    path("webhooks/<int:endpoint_id>/change", acts.change, name="change_webhook"),
    path("webhooks/<int:endpoint_id>/secret", acts.rotate, name="webhook_secret"),
    path("webhooks/<int:endpoint_id>/switching-off", acts.switch_off, name="webhook_off"),
    path("webhooks/<int:endpoint_id>/switching-on", acts.switch_on, name="webhook_on"),
    path("webhooks/<int:endpoint_id>/removal", acts.remove, name="remove_webhook"),
    path("webhooks/<int:endpoint_id>/trial", acts.send_test, name="test_webhook"),
    path("webhooks/<int:endpoint_id>/replay", acts.replay_all, name="replay_webhook"),
    path("webhooks/<int:endpoint_id>/dropping", acts.drop, name="drop_webhook"),
    path("webhooks/deliveries/<int:delivery_id>", views.delivery, name="delivery"),
    path("webhooks/deliveries/<int:delivery_id>/replay", acts.replay, name="replay_delivery"),
]
