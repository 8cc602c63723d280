"""Files on their way in: what no form could take is turned away before a byte of it is stored."""

from typing import Any

from django.core.exceptions import RequestDataTooBig
from django.core.files.uploadhandler import FileUploadHandler

# Twice what goes with an answer: whoever takes somewhat too much gets their form again, with the words.
MOST_BYTES = 60 * 1024 * 1024


class Weighed(FileUploadHandler):
    """Refuses a request by the length it announces; the files themselves are left to the other handlers."""

    def handle_raw_input(
        self,
        input_data: Any,
        META: Any,  # noqa: N803 - the base class names it so
        content_length: int,
        boundary: Any,
        encoding: str | None = None,
    ) -> None:
        if content_length > MOST_BYTES:
            raise RequestDataTooBig(f"an upload of {content_length} bytes, at most {MOST_BYTES}")

    def receive_data_chunk(self, raw_data: bytes, start: int) -> bytes:
        return raw_data

    def file_complete(self, file_size: int) -> None:
        return None
