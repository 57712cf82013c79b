"""Formula cells of an xlsx that hold no value: the program that wrote them saved no result, or the result is an error.

The parser reads them as empty; whoever imports must know that they are not.
"""

import html
import io
import posixpath
import re
import zipfile
from collections.abc import Iterator, Mapping

Place = tuple[int, int]  # row and column, from 1 and 0
MOST = 500  # places of a sheet that are told one by one
# Every repetition is bounded: a hostile tag of a megabyte must not be looked at again and again.
_FORMULA = re.compile(
    rb'<(?:\w{1,9}:)?c\b([^<>]{0,200}?\br="([A-Z]{1,3})(\d{1,7})"[^<>]{0,200})>\s{0,9}'
    rb"<(?:\w{1,9}:)?f\b(?:[^<>]{0,200}/>|[^<>]{0,200}>[^<]{0,40000}</(?:\w{1,9}:)?f>)\s{0,9}"
    rb"(?:<(?:\w{1,9}:)?v\s?/>|<(?:\w{1,9}:)?v>\s{0,9}</(?:\w{1,9}:)?v>|(?=</(?:\w{1,9}:)?c>))"
)
_ERROR = re.compile(
    rb'<(?:\w{1,9}:)?c\b([^<>]{0,200}?\br="([A-Z]{1,3})(\d{1,7})"[^<>]{0,200}?\bt="e"[^<>]{0,200})>\s{0,9}'
    rb"(?:<(?:\w{1,9}:)?f\b(?:[^<>]{0,200}/>|[^<>]{0,200}>[^<]{0,40000}</(?:\w{1,9}:)?f>)\s{0,9})?"
    rb"<(?:\w{1,9}:)?v>#(?!N/A)"
)
_TAG = re.compile(r"<(?:\w+:)?(sheet|Relationship)\b([^>]*)>")
_ATTRIBUTE = re.compile(r'([\w:]+)\s*=\s*"([^"]*)"')


def unsaved(piece: bytes) -> Iterator[tuple[str, int]]:
    """The cells (letters, row) of a piece of a sheet's XML that say nothing although somebody meant them to.

    An empty text that was saved ("" as a result) is a value, and #N/A means that there is nothing.
    """
    if b"<f" in piece or b":f" in piece:
        for attributes, letters, digits in _FORMULA.findall(piece):
            if b't="str"' not in attributes:
                yield letters.decode(), int(digits)
    if b't="e"' in piece:
        for _attributes, letters, digits in _ERROR.findall(piece):
            yield letters.decode(), int(digits)


def by_sheet(content: bytes, found: Mapping[str, set[Place]]) -> dict[str, list[Place]]:
    """The places by the name of their sheet, in the order of the rows; given by the name of the sheet's entry."""
    if not found:
        return {}
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        names = set(archive.namelist())
        parts = ("xl/workbook.xml", "xl/_rels/workbook.xml.rels")
        book, links = (archive.read(part).decode("utf-8", "replace") if part in names else "" for part in parts)
    entries: dict[str, str] = {}
    for _kind, attributes in _TAG.findall(links):
        link = dict(_ATTRIBUTE.findall(attributes))
        target = html.unescape(link.get("Target", ""))
        entries[link.get("Id", "")] = target[1:] if target.startswith("/") else posixpath.normpath(f"xl/{target}")
    placed: dict[str, list[Place]] = {}
    for _kind, attributes in _TAG.findall(book):
        sheet = dict(_ATTRIBUTE.findall(attributes))
        key = next((value for name, value in sheet.items() if name.endswith(":id")), "")
        if places := found.get(entries.get(key, "")):
            placed[html.unescape(sheet.get("name", ""))] = sorted(places)
    return placed
