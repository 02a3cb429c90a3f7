"""Files on their way in: straight to the disk of Buddy, and no further than the largest that is wanted."""

from typing import Any

from django.conf import settings
from django.core.files.uploadhandler import StopUpload, TemporaryFileUploadHandler
from django.http import HttpRequest

MEGABYTE = 1024 * 1024
_REFUSED = "buddy.upload_refused"


class BoundedUpload(TemporaryFileUploadHandler):
    """Writes an upload to a file, and breaks off once it is larger than any that can be imported.

    What the browser says of its size or type is not believed: bytes are counted as they come.
    """

    def new_file(self, *args: Any, **kwargs: Any) -> None:
        self._received = 0
        super().new_file(*args, **kwargs)

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:
        self._received += len(raw_data)
        if self._received > settings.BUDDY_IMPORT_MB * MEGABYTE:
            if self.request is not None:
                self.request.META[_REFUSED] = True
            raise StopUpload(connection_reset=False)
        super().receive_data_chunk(raw_data, start)


def was_too_large(request: HttpRequest) -> bool:
    return bool(request.META.get(_REFUSED))
