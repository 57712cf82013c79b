"""Pictures: looked at by what they are, not by their name; without position; served to people who are signed in."""

import io
import struct
import zlib

import pytest
from PIL import Image

from courses.catalogue import pictures
from courses.catalogue.actions import pictures as actions
from courses.catalogue.pictures import prepare
from lms.errors import Refused
from tests.courses.catalogue import desk
from tests.courses.catalogue.desk import HTML, JSON

GPS = 0x8825


def made(kind: str = "PNG", size=(40, 30), mode: str = "RGB", **options) -> bytes:
    out = io.BytesIO()
    Image.new(mode, size, "teal" if mode != "L" else 90).save(out, kind, **options)
    return out.getvalue()


def with_position(**extra) -> bytes:
    exif = Image.Exif()
    exif[0x010F] = "某牌手机"
    for tag, value in extra.items():
        exif[int(tag.removeprefix("t"))] = value
    exif.get_ifd(GPS).update({1: "N", 2: (32.0, 1.0, 2.0), 3: "E", 4: (118.0, 46.0, 3.0)})
    return made("JPEG", (80, 40), exif=exif, comment=b"secret")


def claimed_png(width: int, height: int) -> bytes:
    """A small file that says it is this large."""

    def chunk(name: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))

    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(b"\0" * 100)) + chunk(b"IEND", b"")
    )


@pytest.mark.parametrize(("kind", "suffix"), [("PNG", "png"), ("JPEG", "jpg"), ("WEBP", "webp")])
def test_the_three_kinds_come_out_as_they_are(kind, suffix):
    found = prepare(made(kind))
    assert (found.suffix, found.width, found.height) == (suffix, 40, 30)
    assert Image.open(io.BytesIO(found.content)).format == kind


def test_position_camera_and_comment_do_not_survive():
    sent = with_position()
    assert Image.open(io.BytesIO(sent)).getexif().get_ifd(GPS)
    kept = Image.open(io.BytesIO(prepare(sent).content))
    assert not kept.getexif()
    assert "comment" not in kept.info
    assert "某牌手机".encode() not in prepare(sent).content


def test_a_picture_taken_sideways_stands_upright():
    assert (prepare(with_position(t274=6)).width, prepare(with_position(t274=6)).height) == (40, 80)


def test_a_large_picture_is_scaled_down():
    found = prepare(made("JPEG", (4000, 1000)))
    assert (found.width, found.height) == (1600, 400)


@pytest.mark.parametrize("mode", ["RGBA", "P", "L", "1", "I;16", "LA"])
def test_every_mode_can_be_shown(mode):
    out = io.BytesIO()
    Image.new(mode, (9, 7)).save(out, "PNG")
    assert prepare(out.getvalue()).width == 9


def test_ink_of_printers_becomes_light():
    assert Image.open(io.BytesIO(prepare(made("JPEG", mode="CMYK")).content)).mode == "RGB"


@pytest.mark.parametrize(
    ("sent", "words"),
    [
        (b"", "没有收到图片"),
        (b"%PDF-1.7 not a picture", "不是 PNG、JPEG 或 WebP"),
        (b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>", "不是 PNG、JPEG 或 WebP"),
        (made("GIF"), "不是 PNG、JPEG 或 WebP"),
        (made("BMP"), "不是 PNG、JPEG 或 WebP"),
        (made("JPEG", (300, 300))[:500], "坏的或不完整"),
        (made("PNG", (300, 300))[:60], "坏的或不完整"),
        (claimed_png(8000, 7000), "5,000 万像素"),
        (claimed_png(60000, 60000), "5,000 万像素"),
        (b"\x89PNG\r\n\x1a\n" + b"\0" * 40, "PNG"),
    ],
)
def test_what_is_no_picture_is_refused_with_a_sentence(sent, words):
    with pytest.raises(Refused) as refused:
        prepare(sent)
    assert words in str(refused.value)


def test_a_file_that_is_too_large_is_not_decoded(monkeypatch):
    monkeypatch.setattr(pictures, "LARGEST_FILE", 100)
    with pytest.raises(Refused, match="10 MB"):
        prepare(made(size=(200, 200)))


@pytest.mark.parametrize("alt", ["", "  ", "字" * 201])
def test_alternative_text_is_demanded(alt):
    with pytest.raises(Refused, match="替代文字"):
        actions.check_alt(alt)


def test_brackets_do_not_break_the_line():
    assert actions.check_alt("工单[甲]\n截图") == "工单（甲） 截图"


class TestUpload:
    @pytest.fixture
    def people(self, app, tmp_path):
        return desk.furnish(app, tmp_path)

    def send(self, client, content: bytes, name: str = "a.png", alt: str = "工单截图"):
        return client.post(
            "/training/pictures", data={"picture": (io.BytesIO(content), name), "alt": alt}, headers=JSON
        )

    def test_it_is_stored_by_what_it_is_and_served(self, app, people):
        client = desk.browser(app, people["周敏"])
        answer = self.send(client, with_position(), name="照片.exe")
        assert answer.status_code == 201
        line = answer.get_json()["markdown"]
        address = line.partition("(")[2].rstrip(")")
        assert line.startswith("![工单截图](/files/")
        assert address.endswith(".jpg")
        shown = desk.browser(app, people["学员"]).get(address)
        assert shown.status_code == 200
        assert shown.headers["Content-Type"] == "image/jpeg"
        assert shown.headers["X-Content-Type-Options"] == "nosniff"
        assert "sandbox" in shown.headers["Content-Security-Policy"]
        assert "private" in shown.headers["Cache-Control"]
        assert not Image.open(io.BytesIO(shown.data)).getexif()
        assert self.send(client, with_position()).get_json()["markdown"] == line
        assert app.test_client().get(address, headers=HTML).status_code == 303
        page = client.post(f"{desk.DRAFT}/preview", data={"source": line}, headers=JSON).get_json()["html"]
        assert f'src="{address}"' in page
        for wrong in (address.replace(".jpg", ".png"), "/files/x", f"/files/{'0' * 64}.png", address[:-4], "/files/.."):
            assert client.get(wrong).status_code == 404

    @pytest.mark.parametrize(
        ("content", "alt", "words"),
        [(b"GIF89a", "图", "不是 PNG"), (made(), "", "替代文字"), (claimed_png(9000, 9000), "图", "万像素")],
    )
    def test_what_is_wrong_is_said(self, app, people, content, alt, words):
        answer = self.send(desk.browser(app, people["周敏"]), content, alt=alt)
        assert answer.status_code == 422
        assert words in answer.get_json()["sentence"]

    def test_learners_may_not_upload(self, app, people):
        assert self.send(desk.browser(app, people["学员"]), made()).status_code == 403

    def test_without_script_the_line_stands_in_the_text(self, app, people):
        with app.app_context():
            data = desk.sent(desk.text("\n刚写的。\n"), tool="picture", alt="工单截图")
        data["picture"] = (io.BytesIO(made()), "a.png")
        answer = desk.browser(app, people["周敏"]).post(f"{desk.DRAFT}/tools", data=data, headers=HTML)
        assert answer.status_code == 200
        assert "![工单截图](/files/" in answer.text
        assert "刚写的。" in answer.text
