from django.urls import path

from opsdesk.web.history import acts, views, wizard

urlpatterns = [
    path("imports", views.imports, name="imports"),
    path("imports/new", acts.upload, name="new_import"),
    path("imports/<int:import_id>", views.imported, name="import"),
    path("imports/<int:import_id>/map", wizard.mapping, name="import_map"),
    path("imports/<int:import_id>/map.yaml", views.map_file, name="import_map_file"),
    path("imports/<int:import_id>/aside", views.aside, name="import_aside"),
    path("imports/<int:import_id>/withdrawal", acts.withdraw, name="import_withdrawal"),
    path("imports/<int:import_id>/return", acts.put_back, name="import_return"),
    path("imports/<int:import_id>/placing", acts.place, name="import_placing"),
]
