"""Collects the Chinese sentences of the interface and brings the English catalogue up to date (for developers).

`python bin/messages.py` updates messages.po and lists what has no English yet; `--check` only looks, exit code 1
when something is missing or left over. Collected are: what templates and code hand to gettext, every sentence of a
rule's refusal, and every Chinese constant of the rooms whose words reach a page (labels, navigation, slots).
"""

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po, write_po
from jinja2.ext import babel_extract

ROOT = Path(__file__).resolve().parent.parent
PACKAGES = ("lms", "courses", "assessments", "certificates", "appraisals")
CATALOGUE = ROOT / "lms" / "web" / "translations" / "en" / "LC_MESSAGES" / "messages.po"
GETTEXT = {"_", "gettext", "lazy_gettext", "Refused", "NavItem", "N_"}
# Words for the operator at the command line stay Chinese, as do demo data and the log.
SILENT = {"cli.py", "demo.py", "demo_names.py", "demo_reports.py", "demo_sheet.py", "serving.py", "backup.py",
          "delivery.py", "source.py",
          "library.py", "sweep.py", "fonts.py", "settings.py", "problems.py", "messages.py"}  # fmt: skip
LABELLED = {
    "models.py",
    "rules.py",
    "grades.py",
    "seats.py",
    "stages.py",
    "terms.py",
    "words.py",
    "health.py",
    "mail.py",
    "admin.py",
    "tables.py",
    "views.py",
    "forms.py",
    "wiring.py",
}

# Their constants are names and numerals to compare with, not words to show.
NARROW = {("people", "rules.py"), ("marking", "rules.py"), ("rules", "wording.py")}


MARKS = frozenset("，。、：；？！（）「」《》")


def is_chinese(text: str) -> bool:
    """Whether a string holds a Chinese character or mark."""
    return any("\u4e00" <= char <= "\u9fff" for char in text) or (
        any(char in MARKS for char in text) and "[" not in text  # a pattern is no sentence
    )


def from_template(path: Path) -> Iterator[str]:
    """What a template hands to gettext."""
    with path.open("rb") as file:
        for _line, function, message, _comments in babel_extract(
            file, ["_", "gettext", "ngettext"], [], {"trim_blocks": "true", "lstrip_blocks": "true", "silent": "false"}
        ):
            if function in {"_", "gettext"} and isinstance(message, str):
                yield message
            elif isinstance(message, tuple):
                yield from (part for part in message if isinstance(part, str))


def docstrings(tree: ast.AST) -> set[int]:
    """Ids of the constants that are docstrings."""
    found = set()
    for node in ast.walk(tree):
        body = getattr(node, "body", None)
        if (
            isinstance(body, list)
            and body
            and isinstance(body[0], ast.Expr)
            and isinstance(body[0].value, ast.Constant)
        ):
            found.add(id(body[0].value))
    return found


def from_module(path: Path) -> Iterator[str]:
    """Sentences of a module that reach a page."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    skipped = docstrings(tree)
    for node in ast.walk(tree):
        if isinstance(node, ast.JoinedStr):
            skipped |= {id(part) for part in ast.walk(node)}
    is_narrow = path.parts[-2:] in NARROW
    wide = not is_narrow and (path.name in LABELLED or path.parent.name in {"views", "rules"})
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            name = node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")
            first = node.args[0] if node.args else None
            if name in GETTEXT and isinstance(first, ast.Constant) and isinstance(first.value, str):
                yield first.value
        elif wide and isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in skipped:
            yield node.value


def collected() -> dict[str, list[str]]:
    """Every sentence and the files that use it."""
    found: dict[str, list[str]] = {}
    for package in PACKAGES:
        for path in sorted((ROOT / package).rglob("*.html")):
            for text in from_template(path):
                found.setdefault(text, []).append(str(path.relative_to(ROOT)))
        for path in sorted((ROOT / package).rglob("*.py")):
            if path.name not in SILENT:
                for text in from_module(path):
                    found.setdefault(text, []).append(str(path.relative_to(ROOT)))
    return {text: places for text, places in found.items() if is_chinese(text)}


def main() -> int:
    """Update or check; returns the exit code."""
    known = Catalog(locale="en", project="热线学堂", fuzzy=False)
    if CATALOGUE.is_file():
        with CATALOGUE.open("rb") as file:
            known = read_po(file, locale="en")
    english = {message.id: message.string for message in known if message.id}
    wanted = collected()
    missing = sorted(text for text in wanted if not english.get(text))
    left_over = sorted(text for text in english if text not in wanted)
    if "--check" not in sys.argv:
        fresh = Catalog(locale="en", project="热线学堂", fuzzy=False)
        for text in sorted(wanted):
            fresh.add(text, english.get(text, ""), locations=[(p, 0) for p in sorted(set(wanted[text]))[:2]])
        CATALOGUE.parent.mkdir(parents=True, exist_ok=True)
        with CATALOGUE.open("wb") as file:
            write_po(file, fresh, width=0, include_lineno=False, omit_header=False, sort_output=True)
    for text in missing:
        print(f"没有英文：{text}")
    if "--check" in sys.argv:
        for text in left_over:
            print(f"没有用到：{text}")
    print(f"{len(wanted)} 句，缺英文 {len(missing)}，多余 {len(left_over)}。")
    return 1 if "--check" in sys.argv and (missing or left_over) else 0


if __name__ == "__main__":
    sys.exit(main())
