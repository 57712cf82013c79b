"""Uploaded bytes → a picture that is safe to show: decoded, turned upright, without its particulars, scaled down."""

import io
import threading
from dataclasses import dataclass

from PIL import Image, ImageOps, UnidentifiedImageError

from lms.errors import Refused

LARGEST_FILE = 10 * 1024 * 1024  # bytes
MOST_PIXELS = 50_000_000
LONGEST_SIDE = 1_600  # pixels; twice the widest place a lesson gives a picture
FORMATS = {"PNG": "png", "JPEG": "jpg", "WEBP": "webp"}
MEDIA_TYPES = {"png": "image/png", "jpg": "image/jpeg", "webp": "image/webp"}
JPEG_QUALITY = 85
Image.MAX_IMAGE_PIXELS = None  # the size is looked at below, before a pixel is decoded

_one_at_a_time = threading.Lock()  # 50 megapixels take 200 MB while they are decoded


@dataclass(frozen=True)
class Prepared:
    """A picture ready to be stored; suffix is png, jpg or webp."""

    content: bytes
    suffix: str
    width: int
    height: int


def prepare(sent: bytes) -> Prepared:
    """The picture in these bytes, whatever the file was called. Refused: not a PNG, JPEG or WebP, larger than 10 MB or
    50 megapixels, broken. Position, camera, comments and colour profile do not survive.
    """
    if not sent:
        raise Refused("没有收到图片。选一个 PNG、JPEG 或 WebP 文件。")
    if len(sent) > LARGEST_FILE:
        raise Refused("图片超过 10 MB，没有上传。缩小后再试。")
    try:
        with Image.open(io.BytesIO(sent), formats=list(FORMATS)) as image:
            if image.width * image.height > MOST_PIXELS:
                raise Refused("图片超过 5,000 万像素，没有上传。缩小后再试。")
            with _one_at_a_time:
                return _remade(image)
    except UnidentifiedImageError:
        raise Refused(
            "这个文件不是 PNG、JPEG 或 WebP 图片，没有上传。看的是内容，不是文件名；另存为 PNG 再试。"
        ) from None
    except (OSError, SyntaxError, ValueError, EOFError, IndexError, Image.DecompressionBombError):
        raise Refused("图片是坏的或不完整，没有上传。重新保存一份再试。") from None


def _remade(image: Image.Image) -> Prepared:
    kind = image.format or "PNG"
    if kind == "JPEG":
        image.draft("RGB", (LONGEST_SIDE, LONGEST_SIDE))  # decode near the wanted size, at a quarter of the memory
    image.load()
    upright = ImageOps.exif_transpose(image) or image
    has_alpha = "A" in upright.getbands() or "transparency" in upright.info
    plain = upright.convert("RGBA" if has_alpha and kind != "JPEG" else "RGB")
    plain.thumbnail((LONGEST_SIDE, LONGEST_SIDE), Image.Resampling.LANCZOS)
    plain.info = {}
    out = io.BytesIO()
    options = {"JPEG": {"quality": JPEG_QUALITY, "optimize": True}, "WEBP": {"quality": JPEG_QUALITY}}.get(kind, {})
    plain.save(out, kind, **options)
    return Prepared(out.getvalue(), FORMATS[kind], plain.width, plain.height)
