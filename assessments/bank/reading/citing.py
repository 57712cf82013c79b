"""Words of a basis as offices write them → references and clauses as the policy registry knows them."""

import re
import unicodedata
from collections.abc import Iterable

DIGITS = "零一二三四五六七八九"
CLAUSE = re.compile(r"第\s*([0-9]{1,4}|[零〇一二三四五六七八九十百]{1,8})\s*条(?:\s*之\s*([一二三四五六七八九]))?")
SECTION = re.compile(r"^[\s#第]*([0-9]+(?:\.[0-9]+)+)")
NOISE = str.maketrans({"《": "", "》": "", "—": "-", "–": "-", "－": "-", "[": "〔", "]": "〕"})


def folded(words: str) -> str:
    """A reference in the form in which references are compared."""
    even = unicodedata.normalize("NFKC", words.translate(NOISE)).translate(NOISE)
    return re.sub(r"-+", "-", "".join(even.split())).casefold()


def cited(words: str, refs: Iterable[str]) -> list[tuple[str, str | None]]:
    """(reference, clause or None) of every known reference in some words, in the order of the words; 第32条 is 第三十二条."""
    text = folded(words)
    known = sorted(((folded(ref), ref) for ref in refs), key=lambda pair: len(pair[0]), reverse=True)
    taken: list[tuple[int, int, str]] = []
    for form, ref in known:
        start = text.find(form) if form else -1
        while start >= 0:
            end = start + len(form)
            if all(end <= other_start or start >= other_end for other_start, other_end, _ref in taken):
                taken.append((start, end, ref))
            start = text.find(form, end)
    taken.sort()
    found: list[tuple[str, str | None]] = []
    for place, (_start, end, ref) in enumerate(taken):
        tail = text[end : taken[place + 1][0] if place + 1 < len(taken) else len(text)]
        clauses = [_clause(*match.groups()) for match in CLAUSE.finditer(tail)]
        section = SECTION.match(tail)
        if section and not clauses:
            clauses = [section[1]]
        found += [(ref, clause) for clause in clauses] or [(ref, None)]
    return list(dict.fromkeys(found))


def _clause(number: str, part: str | None) -> str:
    words = numeral(int(number)) if number.isdigit() else number.replace("〇", "零")
    return f"第{words}条" + (f"之{part}" if part else "")


def numeral(number: int) -> str:
    """A number below 10,000 as articles of law are counted: 32 is 三十二, 105 is 一百零五."""
    if number < 20:
        return DIGITS[number] if number < 10 else "十" + (DIGITS[number - 10] if number > 10 else "")
    words, is_gap = "", False
    for unit, name in ((1000, "千"), (100, "百"), (10, "十"), (1, "")):
        digit, number = divmod(number, unit)
        if digit:
            words += ("零" if is_gap and words else "") + DIGITS[digit] + name
        is_gap = not digit
    return words
