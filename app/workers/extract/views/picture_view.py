"""A picture as pixels, decoded here: the window never opens a stranger's picture."""

from __future__ import annotations

import io
import struct
from typing import TYPE_CHECKING

from app.base.preview import Drawn, Preview
from app.base.worker_calls import DrawPlace
from app.link.lending import Places
from app.workers.extract.content import Refused
from app.workers.extract.source import Source
from app.workers.extract.views.pixels import MOST_PIXELS, WIDTHS, save

if TYPE_CHECKING:
    from PIL.Image import Image as Picture

FORMATS = ("PNG", "JPEG", "GIF", "BMP", "TIFF", "WEBP", "ICO", "PSD", "TGA", "JPEG2000", "AVIF")
ELSEWHERE = "Open it in its own program."
DECODED_PIXELS = 80_000_000  # of a picture as it is stored; more needs more memory than a file may take


def draw_picture(source: Source, call: DrawPlace, places: Places) -> Preview:
    """The picture, upright and at most as large as is wanted; of a TIFF with several, the one of that number."""
    from PIL import Image, ImageOps, UnidentifiedImageError

    Image.MAX_IMAGE_PIXELS = None  # the limit is ours, below
    try:
        with Image.open(io.BytesIO(source.read()), formats=FORMATS) as opened:
            if opened.width * opened.height > DECODED_PIXELS:
                raise Refused("too_large", "The picture is too large to be shown here.", ELSEWHERE)
            count = getattr(opened, "n_frames", 1) if opened.format == "TIFF" else 1
            number = min(max(call.number, 1), count)
            if number > 1:
                opened.seek(number - 1)
            most = min(max(call.width, WIDTHS[0]), WIDTHS[1])
            opened.draft("RGB", (most, most))  # a JPEG need not be decoded larger than it is shown
            image = ImageOps.exif_transpose(opened)
            image.thumbnail((most, MOST_PIXELS // most))
            pixels = _on_white(image)
    except UnidentifiedImageError as error:
        raise Refused(
            "unsupported", "Pictures of this kind cannot be shown here.", "Open it in its own program."
        ) from error
    except (OSError, ValueError, SyntaxError, EOFError, struct.error, IndexError, TypeError, KeyError) as error:
        raise Refused("damaged", "The picture is damaged.", "Get it again from where it came from.") from error
    view = Drawn(
        path=save([pixels.tobytes("raw", "BGRA")], call.pixels_dir, places), width=pixels.width, height=pixels.height,
        printed=False,
    )  # fmt: skip
    return Preview(view=view, unit="picture", number=number, count=count)


def _on_white(image: Picture) -> Picture:
    """The picture without transparency: what is not there is white, as on paper."""
    from PIL import Image

    rgba = image.convert("RGBA")
    white = Image.new("RGBA", rgba.size, "white")
    white.alpha_composite(rgba)
    return white
