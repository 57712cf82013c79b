"""Draws the blocks that are ours alone: the policy box and the form of a 随堂一问. Takes HTML that is already clean."""

import html
import re
from collections.abc import Iterator

from lms.markdown.values import Check, Citation, CiteFacts

_TONE = re.compile(r"[a-z]{1,12}")


def policy_box(citation: Citation, facts: CiteFacts | None, use: str) -> str:
    """The box of a 政策依据: the registry's facts, then the author's sentence on its use (HTML)."""
    inside = "".join(_policy_parts(citation, facts, use))
    return f'<aside class="cite" aria-label="政策依据">{inside}</aside>'


def check_section(check: Check) -> str:
    """The section of a 随堂一问 with a form that works without script; explanation and right answers stay out of it."""
    title, ends, rest = check.stem_html.partition("</p>")
    kind, shape = ("checkbox", "opt opt--multi") if check.is_multiple else ("radio", "opt")
    hint = "随堂一问，可以多选，不计分" if check.is_multiple else "随堂一问，不计分"
    parts = [
        f'<section class="quickcheck" id="{check.id}" data-check="{check.id}" aria-labelledby="{check.id}-q">',
        f'<p class="sm faint">{hint}</p>',
    ]
    if ends and title.startswith("<p>"):
        parts.append(f'<h3 id="{check.id}-q">{title.removeprefix("<p>")}</h3>')
        parts.append(f'<div class="muted">{rest.strip()}</div>' if rest.strip() else "")
    else:
        parts.append(f'<div id="{check.id}-q">{check.stem_html}</div>')
    parts.append(f'<form class="opts opts--sm" method="post" action="checks/{check.id}">')
    required = "" if check.is_multiple else " required"
    for position, option in enumerate(check.options):
        letter = chr(ord("A") + position) if position < 26 else str(position + 1)
        parts.append(
            f'<label class="{shape}"><input type="{kind}" name="choice" value="{position}"{required}>'
            f'<span class="opt__b"><span class="opt__k">{letter}</span><span>{option.text_html}</span></span></label>'
        )
    parts.append('<button class="btn" type="submit">看解析</button></form></section>')
    return "".join(parts)


def _policy_parts(citation: Citation, facts: CiteFacts | None, use: str) -> Iterator[str]:
    tone = facts.status_tone if facts and _TONE.fullmatch(facts.status_tone) else "warn"
    title = f"{facts.number} {facts.title}".strip() if facts else citation.ref
    shown = facts.clause if facts else citation.clause
    label = facts.status_label if facts else "政策库里没有这一条"
    yield f'<div class="cite__h"><b>{html.escape(title)}</b>'
    yield f"<span>{html.escape(shown)}</span>" if shown else ""
    yield f'<span class="tag tag--{tone}">{html.escape(label)}</span></div>'
    yield f"<blockquote>{html.escape(facts.gist)}</blockquote>" if facts else ""
    yield f'<div class="cite__f cite__use">{use}</div>' if use else ""
    if facts:
        link = f'<a href="{html.escape(facts.url)}">在政策库中打开</a>'
        yield f'<p class="cite__f"><span>{html.escape(facts.effective_text)}</span>{link}</p>'
