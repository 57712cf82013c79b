"""PDFs embed whole faces, show every character or refuse, and copy as they read."""

import io
import os
import shutil
import subprocess
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import pytest
import reportlab
from fontTools.ttLib import TTFont
from hypothesis import given
from hypothesis import strategies as st
from pypdf import PdfReader

from lms import fontmaking, fonts, pdf
from lms.errors import Refused
from lms.settings import ROOT

pytestmark = pytest.mark.no_database

RARE = "䶮㛃𬱖喆堃翀昇頔赟𫖯"
NO_FACE_HAS = "𠮷"


@pytest.fixture(scope="session")
def folder() -> Path:
    """The prepared faces, made once and kept between runs."""
    data = os.environ.get("LMS_DATA_DIR")
    path = (Path(data) if data else ROOT / "var") / "fonts"
    fontmaking.prepare(path, progress=lambda _: None)
    return path


@pytest.fixture(autouse=True)
def registered(folder) -> None:
    pdf.register(folder)


def page(text: str, look: pdf.Type | None = None) -> bytes:
    document = pdf.Document((400, 100), title="试", author="测", day=date(2026, 11, 24))
    pdf.draw(document.canvas, 20, 40, text, look or pdf.Type(pdf.SERIF, 20))
    return document.finish()


def pdftotext(content: bytes) -> str:
    done = subprocess.run(["pdftotext", "-", "-"], input=content, capture_output=True, check=True)
    return done.stdout.decode().strip()


class TestPreparedFaces:
    def test_each_face_is_static_whole_and_of_its_weight(self, folder):
        for recipe in fonts.RECIPES:
            with TTFont(folder / recipe.file) as font:
                assert "fvar" not in font
                assert "glyf" in font
                assert font["OS/2"].usWeightClass == recipe.weight
                assert font["name"].getDebugName(fontmaking.POSTSCRIPT_NAME) == recipe.name

    def test_the_bold_face_is_really_heavier(self, folder):
        widths = []
        for recipe in (fonts.SANS, fonts.SANS_BOLD):
            with TTFont(folder / recipe.file) as font:
                widths.append(font["hmtx"][font.getBestCmap()[ord("0")]][0])
        assert widths[0] == 555, "the packaged default, Thin, has 521"
        assert widths[1] == 590

    def test_digits_of_the_sans_faces_are_of_one_width(self):
        for face in (pdf.SANS, pdf.BOLD):
            assert len({pdf.width(digit, pdf.Type(face, 10)) for digit in "0123456789"}) == 1

    def test_the_licence_lies_beside(self, folder):
        for source in {recipe.source for recipe in fonts.RECIPES}:
            text = (folder / f"OFL-{source.package}.txt").read_text(encoding="utf-8")
            assert "SIL OPEN FONT LICENSE" in text

    def test_what_is_there_is_kept(self, folder):
        before = {path.name: path.stat().st_mtime_ns for path in folder.glob("*.ttf")}
        said = []
        fontmaking.prepare(folder, said.append)
        assert {path.name: path.stat().st_mtime_ns for path in folder.glob("*.ttf")} == before
        assert said == ["字体：都已准备好"]

    def test_a_half_written_file_never_counts(self, folder, tmp_path):
        half = tmp_path / fonts.SANS.file
        half.write_bytes((folder / fonts.SANS.file).read_bytes()[:-1])
        assert fonts.is_sound(folder / fonts.SANS.file, 400)
        assert not fonts.is_sound(half, 400)
        half.write_bytes(b"")
        assert not fonts.is_sound(half, 400)

    def test_the_wrong_weight_or_a_variable_font_is_not_sound(self, folder):
        assert not fonts.is_sound(folder / fonts.SANS.file, 700)
        assert not fonts.is_sound(fontmaking.source_path(fonts.NOTO_SANS))
        assert not fonts.is_sound(fontmaking.source_path(fonts.NOTO_SERIF)), "its outlines are cubic"

    def test_only_what_is_missing_is_made_and_drafts_are_swept(self, folder, tmp_path, monkeypatch):
        for recipe in (fonts.SANS, fonts.SERIF):
            shutil.copy(folder / recipe.file, tmp_path / recipe.file)
        (tmp_path / fonts.SANS_BOLD.file).write_bytes((folder / fonts.SANS_BOLD.file).read_bytes()[:5000])
        (tmp_path / ".draft-left.ttf").write_bytes(b"half")
        made = []
        monkeypatch.setattr(fontmaking, "_make_all", lambda recipes, folder, progress: made.extend(recipes))
        fontmaking.prepare(tmp_path, lambda _: None)
        assert made == [fonts.SANS_BOLD]
        assert not list(tmp_path.glob(".draft-*"))

    def test_another_font_under_the_pinned_name_is_refused(self, tmp_path, monkeypatch):
        other = tmp_path / "other.ttf"
        other.write_bytes(b"not the font we looked at")
        monkeypatch.setattr(fontmaking, "source_path", lambda source: other)
        with pytest.raises(fonts.FontError, match=r"justmytype-intl-cjk|pylopdf-fonts-zh-cn"):
            fontmaking.prepare(tmp_path / "fonts", lambda _: None)
        assert not list((tmp_path / "fonts").glob("*.ttf"))

    def test_the_module_says_how_it_is_run(self, capsys, folder):
        assert fontmaking.main([]) == 2
        assert fontmaking.main([str(folder)]) == 0
        assert "都已准备好" in capsys.readouterr().out

    def test_unprepared_faces_are_a_refusal_not_a_crash(self, tmp_path, folder):
        try:
            with pytest.raises(Refused, match="字体还没有准备好"):
                pdf.register(tmp_path)
        finally:
            pdf.register(folder)


class TestGlyphGuard:
    def test_rare_names_have_a_face(self):
        assert pdf.missing_glyphs(RARE) == []

    def test_a_character_no_face_has_is_named_once(self):
        assert pdf.missing_glyphs(f"{NO_FACE_HAS}田 {NO_FACE_HAS}") == [NO_FACE_HAS]

    def test_spaces_need_no_glyph(self):
        assert pdf.missing_glyphs(" \t\n\u3000\u00a0") == []

    def test_what_cannot_be_seen_is_reported(self):
        assert pdf.missing_glyphs("林\u0000晓") == ["\u0000"]

    def test_runs_refuse_what_no_face_draws(self):
        with pytest.raises(Refused, match=NO_FACE_HAS):
            pdf.text_runs(f"张{NO_FACE_HAS}", pdf.faces(pdf.SERIF))

    def test_a_text_of_one_face_is_one_run(self):
        assert pdf.text_runs("林晓岚 Lin", pdf.faces(pdf.SERIF)) == [(pdf.SERIF, "林晓岚 Lin")]

    @given(st.text(alphabet="林晓岚𬱖䶮Aé0 ，。", max_size=30))
    def test_runs_lose_nothing(self, text):
        runs = pdf.text_runs(text, pdf.faces(pdf.SERIF))
        assert "".join(part for _, part in runs) == text
        assert all(runs[n][0] != runs[n + 1][0] for n in range(len(runs) - 1))


class TestFacesOfTheCustomer:
    @pytest.fixture
    def with_extra(self, folder, tmp_path):
        """A folder whose extra face has the one character ours lack, and two files that cannot be embedded."""
        for recipe in fonts.RECIPES:
            (tmp_path / recipe.file).symlink_to(folder / recipe.file)
        extra = tmp_path / pdf.EXTRA_FOLDER
        extra.mkdir()
        with TTFont(folder / fonts.SANS.file) as font:
            for table in font["cmap"].tables:
                if table.isUnicode() and table.format == 12:
                    table.cmap = {ord(NO_FACE_HAS): table.cmap[ord("吉")], 0x2A6D7: ".notdef"}
            font["cmap"].tables = [table for table in font["cmap"].tables if table.format == 12]
            font["name"].setName("Rare", fontmaking.POSTSCRIPT_NAME, 3, 1, 0x409)
            font.save(extra / "rare.ttf")
        shutil.copy(fontmaking.source_path(fonts.NOTO_SERIF), extra / "a-cubic.ttf")
        (extra / "b-broken.ttf").write_bytes(b"no font")
        yield tmp_path
        pdf.register(folder)

    def test_a_dropped_in_face_fills_the_gap_and_bad_ones_are_left_out(self, with_extra, caplog):
        pdf.register(with_extra)
        assert pdf.faces() == (pdf.SANS, pdf.SERIF, "extra-rare")
        assert pdf.missing_glyphs(NO_FACE_HAS) == []
        assert pdf.text_runs(f"张{NO_FACE_HAS}明", pdf.faces(pdf.SERIF)) == [
            (pdf.SERIF, "张"),
            ("extra-rare", NO_FACE_HAS),
            (pdf.SERIF, "明"),
        ]
        assert pdftotext(page(f"张{NO_FACE_HAS}明")) == f"张{NO_FACE_HAS}明"
        assert "a-cubic.ttf" in caplog.text
        assert "b-broken.ttf" in caplog.text


class TestReportLabPatch:
    def test_the_patch_was_checked_on_this_version(self):
        assert reportlab.__version__ == pdf.CHECKED_REPORTLAB, (
            "ReportLab changed: see whether makeToUnicodeCMap is right above U+FFFF now, then mend or drop the patch"
        )

    def test_characters_above_the_first_plane_are_written_as_pairs(self):
        assert "<01> <D873DC56>" in pdf._to_unicode_map("F", [0, 0x2CC56])

    def test_a_block_holds_at_most_a_hundred_codes(self):
        written = pdf._to_unicode_map("F", list(range(0x4E00, 0x4E00 + 250)))
        assert [line for line in written.splitlines() if line.endswith("beginbfchar")] == [
            "100 beginbfchar",
            "100 beginbfchar",
            "50 beginbfchar",
        ]

    @pytest.mark.parametrize("face", [pdf.SANS, pdf.BOLD, pdf.SERIF])
    def test_rare_names_are_copied_as_they_read(self, face):
        content = page(RARE, pdf.Type(face, 20))
        assert pdftotext(content) == RARE
        assert PdfReader(io.BytesIO(content)).pages[0].extract_text().strip() == RARE

    def test_letters_set_apart_are_copied_without_gaps(self):
        content = page("岗位资格证书", pdf.Type(pdf.SERIF, 20, tracking=12))
        assert pdftotext(content) == "岗位资格证书"

    def test_more_characters_than_one_subset_holds(self):
        text = "".join(chr(0x4E00 + n) for n in range(600))
        document = pdf.Document((700, 700), title="试", author="测")
        for n in range(20):
            pdf.draw(document.canvas, 10, 20 + n * 30, text[n * 30 : n * 30 + 30], pdf.Type(pdf.SANS, 20))
        read = PdfReader(io.BytesIO(document.finish())).pages[0].extract_text()
        assert set(text) <= set(read)


class TestDocument:
    def test_every_font_is_embedded(self):
        listed = subprocess.run(
            ["pdffonts", "-"], input=page("林 Lin"), capture_output=True, check=True
        ).stdout.decode()
        rows = listed.splitlines()[2:]
        assert [row.split()[0] for row in rows] == ["AAAAAA+NotoSerifSC-Regular"]
        assert rows[0].split()[-5:-2] == ["yes", "yes", "yes"], "embedded, subset, with a map to Unicode"

    def test_it_says_what_it_is_in_which_language_and_of_which_day(self):
        reader = PdfReader(io.BytesIO(page("林")))
        assert reader.metadata.title == "试"
        assert reader.metadata.author == "测"
        assert reader.metadata.creation_date_raw == "D:20261124"
        assert reader.trailer["/Root"]["/Lang"] == "zh-CN"

    def test_the_same_strokes_give_the_same_bytes_in_any_thread(self):
        alone = page(RARE)
        barrier = threading.Barrier(4)

        def together(_: int) -> bytes:
            barrier.wait()
            return page(RARE)

        with ThreadPoolExecutor(4) as pool:
            assert set(pool.map(together, range(4))) == {alone}

    def test_a_document_leaves_nothing_behind_in_the_faces(self):
        page(RARE)
        assert not pdf.pdfmetrics.getFont(pdf.SERIF).state


class TestFitting:
    def test_a_short_text_keeps_its_size(self):
        look = pdf.Type(pdf.SERIF, 20, tracking=4)
        assert pdf.fit("林", look, 200) is look

    @given(st.text(alphabet="林晓岚 Wa，。", min_size=1, max_size=60), st.floats(20, 600))
    def test_a_long_text_is_made_to_fit_its_line(self, text, room):
        look = pdf.fit(text, pdf.Type(pdf.SERIF, 38, tracking=3), room)
        assert pdf.width(text, look) <= room + 0.01

    @given(st.text(alphabet="林晓岚，。《》（）-a W2", max_size=80), st.floats(30, 300))
    def test_wrapping_loses_no_letter_and_keeps_within_the_room(self, text, room):
        look = pdf.Type(pdf.SANS, 10)
        lines = pdf.wrap(text, look, room)
        assert "".join("".join(lines).split()) == "".join(text.split())
        assert all(pdf.width(line, look) <= room + 0.01 for line in lines)

    def test_no_line_starts_with_a_full_stop_or_ends_with_an_opening_bracket(self):
        lines = pdf.wrap("依据《信访工作条例》（试行）办理，特发此证。", pdf.Type(pdf.SANS, 10), 62)
        assert len(lines) > 2
        assert not [line for line in lines if line[0] in pdf.NOT_AT_LINE_START or line[-1] in pdf.NOT_AT_LINE_END]

    def test_latin_words_are_kept_whole(self):
        assert pdf.wrap("Customer service desk", pdf.Type(pdf.SANS, 10), 70) == ["Customer", "service desk"]

    @given(st.text(alphabet="林晓岚，。a W2", max_size=120), st.floats(60, 300), st.floats(20, 80))
    def test_wrapped_text_is_made_to_fit_its_box(self, text, room, height):
        look, lines = pdf.fit_box(text, pdf.Type(pdf.SERIF, 17), room, height)
        assert len(lines) * look.size * pdf.LEADING <= height + 0.02
        assert all(pdf.width(line, look) <= room + 0.01 for line in lines)
        assert look.size <= 17


@dataclass(frozen=True)
class Said:
    name: str
    lines: tuple[str, ...]
    other: "Said | None" = None


class TestCharactersThatAreNotAtHand:
    def test_they_are_marked_wherever_they_stand_and_told_once(self):
        told, lacking = pdf.legible(Said("田𠮷", ("𠮷野", "喆"), Said("𠮷", ())))
        assert told == Said("田〓", ("〓野", "喆"), Said("〓", ()))
        assert lacking == ["𠮷"]
        assert pdf.code_points(lacking) == "U+20BB7"

    @given(st.text(max_size=30))
    def test_what_is_left_can_always_be_drawn(self, text):
        told, lacking = pdf.legible(text)
        assert len(told) == len(text)
        assert pdf.missing_glyphs(told) == []
        assert all(sign in text and sign not in told for sign in lacking)
