"""A picture in any form, as the bytes of an image file to send."""

from __future__ import annotations

import base64
import io

from vsearch.errors import ImageRejected
from vsearch.images.load import ImageSource, open_image
from vsearch.searching.photo import at_hand, name_of
from vsearch.settings import Settings


def file_bytes(image: ImageSource, settings: Settings) -> bytes:
    """Return the bytes of an image file: a file's or address's own, or a PNG of the pixels.

    Args:
        image: a path, an http(s) URL, bytes, a PIL image or a uint8 array.
        settings: bounds of a picture and of a download.

    Raises:
        ImageRejected: the file can't be read, the address doesn't give it, or the pixels aren't
            a picture. What is in a file is left to the service.
    """
    try:
        found = at_hand(image, settings)
        if isinstance(found, bytes):
            return found
        upright = open_image(found, max_pixels=settings.max_pixels)
    except ImageRejected as rejected:
        raise ImageRejected(rejected.reason, name_of(image)) from rejected
    file = io.BytesIO()
    # Without loss, since the answer is to be that of a collection; the least effort, since it
    # takes longer to squeeze a photo than to send it.
    upright.save(file, "PNG", compress_level=1)
    return file.getvalue()


def picture_json(photo: bytes) -> dict[str, str]:
    """An image file as a part of a JSON request."""
    return {"data": base64.b64encode(photo).decode("ascii")}
