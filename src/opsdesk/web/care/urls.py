from django.urls import path

from opsdesk.web.care import erasing, retention

urlpatterns = [
    path("desks/<str:desk>/retention", retention.retention, name="retention"),
    path("desks/<str:desk>/retention/decision", retention.decision, name="decide_retention"),
    path("care/messages/<int:message_id>/erasure", erasing.message, name="erase_message"),
    path("care/notes/<int:note_id>/erasure", erasing.note, name="erase_note"),
    path("care/arrivals/<int:arrival_id>/erasure", erasing.arrival, name="erase_arrival"),
    path("care/rows/<int:row_id>/erasure", erasing.row, name="erase_row"),
    path("care/meetings/<int:note_id>/erasure", erasing.meeting_note, name="erase_meeting_note"),
    path("care/points/<int:point_id>/erasure", erasing.point, name="erase_point"),
    path("care/erasure", erasing.holding, name="erase_holding"),
]
