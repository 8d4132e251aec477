"""Pictures in and out, for all three functions."""

import io
import warnings
from urllib.parse import unquote

from PIL import Image, UnidentifiedImageError

from http_function import Failure

Image.MAX_IMAGE_PIXELS = 40_000_000
warnings.simplefilter("error", Image.DecompressionBombWarning)


def decode(body):
    """The picture in `body`, all its pixels read. Raises Failure 422 when it is none."""
    if not body:
        raise Failure(422, "not a picture: the body is empty")
    try:
        picture = Image.open(io.BytesIO(body))
        picture.load()
        return picture
    except UnidentifiedImageError:
        raise Failure(422, f"not a picture: {len(body)} bytes of no known format") from None
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise Failure(422, "not a picture we take: too many pixels") from None
    except Exception as error:  # decoders raise nearly anything on malformed input
        raise Failure(422, f"not a picture: {error}") from None


def encode(picture, quality):
    """`picture` as JPEG, without the metadata of the original."""
    out = io.BytesIO()
    picture.convert("RGB").save(out, "JPEG", quality=quality, optimize=True, progressive=True)
    return out.getvalue()


def about(headers):
    """What is known of the picture so far, and whose call it is: to be passed on."""
    return {
        name: value
        for name, value in headers.items()
        if name.lower().startswith("x-image-") or name.lower() == "x-call-id"
    }


def description(headers):
    return unquote(headers.get("X-Image-Description", ""))
