"""extract: reads what a picture says of itself and what can be seen at once, turns it upright and
passes it on. What was found travels along in X-Image-* headers."""

import os
from urllib.parse import quote

from PIL import ExifTags, Image, ImageOps

from http_function import Answer, call, serve
from pictures import about, decode, encode

NEXT = os.environ.get("next_function", "transform")

_EXIF_HEADERS = {
    ExifTags.Base.Orientation: "X-Image-Exif-Orientation",
    ExifTags.Base.ImageDescription: "X-Image-Description",
    ExifTags.Base.Artist: "X-Image-Artist",
    ExifTags.Base.Model: "X-Image-Camera",
    ExifTags.Base.DateTime: "X-Image-Date",
}


def extract(body, headers):
    picture = decode(body)
    found = about(headers)
    found["X-Image-Format"] = picture.format
    exif = picture.getexif()
    for tag, header in _EXIF_HEADERS.items():
        if tag in exif:
            # Header fields carry ASCII; metadata carries anything, line breaks included.
            found[header] = quote(str(exif[tag]).strip("\0 ")[:200], safe=" ,.:;()/")
    upright = ImageOps.exif_transpose(picture).convert("RGB")
    found["X-Image-Size"] = f"{upright.width}x{upright.height}"
    found["X-Image-Colours"] = ",".join(dominant_colours(upright, 5))
    answer = call(NEXT, encode(upright, quality=95), {"Content-Type": "image/jpeg", **found})
    return Answer(answer.body, {"Content-Type": answer.headers["Content-Type"], **about(answer.headers)})


def dominant_colours(picture, count):
    """The `count` most frequent colours as #rrggbb, after quantization to the picture's own palette."""
    small = picture.copy()
    small.thumbnail((160, 160), Image.Resampling.BOX)
    reduced = small.quantize(count, method=Image.Quantize.MEDIANCUT)
    palette = reduced.getpalette()
    by_frequency = sorted(reduced.getcolors(), reverse=True)
    return ["#%02x%02x%02x" % tuple(palette[3 * i : 3 * i + 3]) for _, i in by_frequency]


if __name__ == "__main__":
    serve(extract)
