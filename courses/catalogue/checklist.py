"""What stands between a draft and its learners: a list of points, each with its line. Values in, points out."""

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from courses.catalogue import rules
from courses.catalogue.rules import LessonText
from courses.catalogue.words import N_
from lms.markdown.problems import problems
from lms.markdown.values import Cite, Rendered

PICTURE = re.compile(r"/files/([0-9a-f]{64})\.(?:png|jpg|webp)")
FAR_OFF = 2  # times the reckoned length, or its half


@dataclass(frozen=True)
class Item:
    """A point: ok, gap (must be mended) or advice; a sentence for gettext, or an author's problem as it is."""

    state: str
    sentence: str
    values: dict[str, Any] = field(default_factory=dict)
    line: int | None = None


def picture_digests(source: str) -> set[str]:
    """Hashes of the pictures that a source shows."""
    return set(PICTURE.findall(source))


def items(
    text: LessonText,
    rendered: Rendered,
    *,
    cite: Cite,
    taken: Mapping[str, str],
    known_pictures: Collection[str],
    based_on: int,
    newest: int,
) -> list[Item]:
    """Every point of the checklist, gaps first. taken: check ids other lessons use, with their titles; newest: number
    of the version learners have now.
    """
    found = [
        *_facts(text),
        *_text(text, cite),
        *_citations(rendered, cite),
        *_checks(rendered, taken),
        *_pictures(text, known_pictures),
        *_length(text, rendered),
    ]
    if newest != based_on:
        found.append(
            Item("gap", N_("草稿从第 {n} 版改起，之后又发布了第 {m} 版。先对照新版本。"), {"n": based_on, "m": newest})
        )
    order = ("gap", "advice", "ok")
    return sorted(found, key=lambda item: (order.index(item.state), item.line or 0))


def _facts(text: LessonText) -> Iterator[Item]:
    if not text.title:
        yield Item("gap", N_("没有标题。"))
    elif len(text.title) > rules.LONGEST_TITLE:
        yield Item("gap", N_("标题最多 {n} 个字。"), {"n": rules.LONGEST_TITLE})
    else:
        yield Item("ok", N_("标题写好了。"))
    if not text.competencies:
        yield Item("gap", N_("没有选能力，至少选一项。"))


def _text(text: LessonText, cite: Cite) -> Iterator[Item]:
    if not text.source.strip():
        yield Item("gap", N_("还没有正文。"), line=1)
        return
    found = problems(text.source, cite=cite)
    yield from (Item("gap", problem.sentence, line=problem.line) for problem in found)
    if not found:
        yield Item("ok", N_("块和标题的写法、图片替代文字都没有问题。"))


def _citations(rendered: Rendered, cite: Cite) -> Iterator[Item]:
    """Policies that no longer hold are advice: a lesson may well tell of what was repealed."""
    lapsed = False
    for citation in rendered.citations:
        facts = cite(citation)
        if facts is not None and facts.status_tone in {"warn", "danger"}:
            lapsed = True
            values = {"title": facts.title, "state": facts.status_label}
            yield Item("advice", N_("引用的《{title}》{state}，核对要不要改。"), values, citation.line)
    if rendered.citations and not lapsed and not rendered.unknown:
        yield Item("ok", N_("引用的 {n} 处政策都有效。"), {"n": len(rendered.citations)})
    if not rendered.citations:
        yield Item("advice", N_("没有引用政策。数字、时限和职责要有依据，或写明以本地规定为准。"))


def _checks(rendered: Rendered, taken: Mapping[str, str]) -> Iterator[Item]:
    if not rendered.checks:
        yield Item("gap", N_("没有随堂一问，至少写一个。"))
    for check in rendered.checks:
        if check.id in taken:
            values = {"id": check.id, "title": taken[check.id]}
            yield Item("gap", N_("随堂一问「{id}」已经用在「{title}」，换一个编号。"), values, check.line)
    if rendered.checks and not taken:
        yield Item("ok", N_("有 {n} 道随堂一问。"), {"n": len(rendered.checks)})


def _pictures(text: LessonText, known: Collection[str]) -> Iterator[Item]:
    for number, line in enumerate(text.source.split("\n"), start=1):
        for digest in PICTURE.findall(line):
            if digest not in known:
                yield Item("gap", N_("这一行的图片不在本站，重新上传一次。"), line=number)


def _length(text: LessonText, rendered: Rendered) -> Iterator[Item]:
    reckoned = rules.reading_minutes(rendered.characters, len(rendered.checks))
    values = {"n": rendered.characters, "m": reckoned}
    if not rules.SHORTEST_TEXT <= rendered.characters <= rules.LONGEST_TEXT:
        yield Item("advice", N_("正文 {n} 个字，按速度约 {m} 分钟；一节 600 到 1,500 个字最合适。"), values)
    else:
        yield Item("ok", N_("正文 {n} 个字，按速度约 {m} 分钟。"), values)
    given = text.minutes
    if given and not reckoned / FAR_OFF <= given <= reckoned * FAR_OFF:
        yield Item("advice", N_("填的是 {n} 分钟，按正文约 {m} 分钟，核对一下。"), {"n": given, "m": reckoned})
