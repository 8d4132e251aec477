"""thumbnail: a small framed JPEG with a caption. The last of the chain; calls nobody."""

import re

from PIL import Image, ImageDraw, ImageFont, ImageOps

from http_function import Answer, serve
from pictures import about, decode, description, encode

SIZE = (320, 320)
FRAME = 8
CAPTION = 26
PAPER = "#f7f5f0"
INK = "#30302e"
_FONT = "/usr/share/fonts/truetype/dejavu/DejaVuSans.ttf"


def thumbnail(body, headers):
    picture = decode(body).convert("RGB")
    picture.thumbnail(SIZE, Image.Resampling.LANCZOS, reducing_gap=3.0)
    framed = ImageOps.expand(picture, FRAME, PAPER)
    sheet = Image.new("RGB", (framed.width, framed.height + CAPTION), PAPER)
    sheet.paste(framed, (0, 0))
    caption(sheet, description(headers), colours(headers))
    found = {**about(headers), "X-Image-Thumbnail": f"{sheet.width}x{sheet.height}"}
    return Answer(encode(sheet, quality=88), {"Content-Type": "image/jpeg", **found})


def caption(sheet, text, swatches):
    """Writes into the strip below the picture: text on the left, colours on the right."""
    draw = ImageDraw.Draw(sheet)
    middle = sheet.height - (CAPTION + FRAME) // 2
    right = sheet.width - FRAME
    for colour in reversed(swatches):
        draw.rectangle((right - 11, middle - 6, right, middle + 5), fill=colour)
        right -= 15
    font = fitting_font()
    while text and draw.textlength(text, font=font) > right - 2 * FRAME:
        text = text[:-2].rstrip(" …") + "…" if len(text) > 2 else ""
    draw.text((FRAME, middle - 7), text, fill=INK, font=font)


def fitting_font():
    try:
        return ImageFont.truetype(_FONT, 12)
    except OSError:
        return ImageFont.load_default()  # a bitmap: small, but everywhere


def colours(headers):
    return re.findall(r"#[0-9a-f]{6}", headers.get("X-Image-Colours", ""))[:5]


if __name__ == "__main__":
    serve(thumbnail)
