"""The blocks that the editor's menu inserts, as authors would write them, and where they go without script."""

from dataclasses import dataclass

from courses.catalogue.words import N_


@dataclass(frozen=True)
class Block:
    """An entry of the menu: its name, what it is for, and what is inserted; %CHECK% becomes the next free id."""

    name: str
    purpose: str
    text: str


BLOCKS = (
    Block(N_("要点"), N_("这一段要记住的两三条"), ":::要点\n- 第一条\n- 第二条\n:::"),
    Block(N_("易错"), N_("常见差错和后果"), ":::易错\n常见的差错，和它的后果。\n:::"),
    Block(N_("话术"), N_("可以直接说出口的话"), ":::话术\n「您说的我都记下了。」\n:::"),
    Block(N_("对比"), N_("不合格和合格的两种写法"), ":::对比\n不合格的写法。\n---\n合格的写法。\n:::"),
    Block(N_("来电片段"), N_("虚构的来电，人名地名都是云州市的"), ":::来电片段\n「你们管不管这件事？」\n:::"),
    Block(
        N_("随堂一问"),
        N_("不计分，答完即看解析"),
        ":::随堂一问 %CHECK%\n问题写在这里？\n\n- [ ] 错的选项\n- [x] 对的选项\n\n解析：说清为什么。\n:::",
    ),
)


def next_check(code: str, source: str) -> str:
    """The first id of the form code-qN that a text does not use."""
    number = 1
    while f"{code}-q{number}" in source:
        number += 1
    return f"{code}-q{number}"[-64:]


def written(name: str, code: str, source: str) -> str:
    """A block's text for a lesson; nothing for an unknown name."""
    found = next((block for block in BLOCKS if block.name == name), None)
    return found.text.replace("%CHECK%", next_check(code, source)) if found else ""


def citation(ref: str) -> str:
    """The block that cites 「ref#clause」."""
    return f":::政策依据 {ref}\n这一条怎么用在接线上。\n:::"


def appended(source: str, piece: str) -> str:
    """A text with a piece after its end, an empty line between."""
    return f"{source.rstrip()}\n\n{piece}\n" if source.strip() else f"{piece}\n"
