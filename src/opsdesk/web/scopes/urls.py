from django.urls import path

from opsdesk.web.scopes import templates, verbs, views

urlpatterns = [
    path("scopes", views.scopes, name="scopes"),
    path("scopes/next", templates.publish_first, name="publish_scope"),
    path("scopes/<str:key>", views.scope, name="scope"),
    path("scopes/<str:key>/template/next", templates.publish, name="publish_template"),
    path("scopes/<str:key>/template/<int:number>", templates.version, name="template_version"),
    path("scopes/<str:key>/effects/<int:tuning_id>", verbs.effect, name="tuning_effect"),
    path("scopes/<str:key>/<str:verb>", verbs.verb, name="scope_verb"),
]
