"""Bigram full-text index, the same on SQLite (FTS5) and PostgreSQL (tsvector); no word list needed."""

import itertools
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import Index, String, Text, delete, select, text
from sqlalchemy.orm import Mapped, mapped_column

from lms.db import Model, db, is_sqlite


class SearchEntry(Model):
    """One findable thing: kind and id of what it is, the words shown, and the bigrams searched."""

    __tablename__ = "search_entries"
    __table_args__ = (Index("uq_search_entries_kind_ref", "kind", "ref_id", unique=True),)

    kind: Mapped[str] = mapped_column(String(30))
    ref_id: Mapped[str] = mapped_column(String(60))
    title: Mapped[str] = mapped_column(String(200))
    body: Mapped[str] = mapped_column(Text)
    bigrams: Mapped[str] = mapped_column(Text)


@dataclass(frozen=True)
class Hit:
    """A found thing: what it is, its title, and a stretch of text around the match."""

    kind: str
    ref_id: str
    title: str
    excerpt: str


def _is_wide(char: str) -> bool:
    return unicodedata.east_asian_width(char) in {"W", "F"} and char.isalnum()


def tokens(words: str) -> list[str]:
    """Lower-case Latin words and digits whole, runs of Chinese as overlapping pairs (one character stays one)."""
    result: list[str] = []
    run: list[str] = []
    latin: list[str] = []

    def flush() -> None:
        if latin:
            result.append("".join(latin))
            latin.clear()
        if len(run) == 1:
            result.append(run[0])
        result.extend(a + b for a, b in itertools.pairwise(run))
        run.clear()

    for char in unicodedata.normalize("NFKC", words).lower():
        if _is_wide(char):
            if latin:
                flush()
            run.append(char)
        elif char.isalnum():
            if run:
                flush()
            latin.append(char)
        else:
            flush()
    flush()
    return result


def put(kind: str, ref_id: object, title: str, body: str) -> None:
    """Make (kind, ref_id) findable under these words, replacing what was there."""
    entry = db.session.scalar(
        select(SearchEntry).where(SearchEntry.kind == kind, SearchEntry.ref_id == str(ref_id))
    ) or SearchEntry(kind=kind, ref_id=str(ref_id))
    entry.title, entry.body = title[:200], body[:20_000]
    # Single characters are indexed too, so that a one-character query finds something.
    singles = sorted({c for c in entry.title if _is_wide(c)})
    entry.bigrams = " ".join([*tokens(entry.title), *tokens(entry.body), *singles])
    db.session.add(entry)
    db.session.flush()


def remove(kind: str, ref_ids: Iterable[object]) -> None:
    """Make these no longer findable."""
    names = [str(ref_id) for ref_id in ref_ids]
    db.session.execute(delete(SearchEntry).where(SearchEntry.kind == kind, SearchEntry.ref_id.in_(names)))


def find(query: str, kinds: Iterable[str], limit: int = 20) -> list[Hit]:
    """Things of these kinds that hold every word of the query, titles first; at most `limit` of each kind."""
    words = [tokens(part) for part in query.split()[:8]]
    phrases = [" ".join(w.replace('"', "") for w in phrase) for phrase in words if phrase]
    if not phrases:
        return []
    hits: list[Hit] = []
    for kind in kinds:
        if is_sqlite():
            statement = text(
                "SELECT e.kind, e.ref_id, e.title, e.body FROM search_index i JOIN search_entries e ON e.id = i.rowid "
                "WHERE search_index MATCH :q AND e.kind = :kind ORDER BY rank LIMIT :n"
            )
            q = " AND ".join(f'"{phrase}"' for phrase in phrases)
        else:
            statement = text(
                "SELECT kind, ref_id, title, body FROM search_entries "
                "WHERE to_tsvector('simple', bigrams) @@ CAST(:q AS tsquery) AND kind = :kind "
                "ORDER BY ts_rank(to_tsvector('simple', bigrams), CAST(:q AS tsquery)) DESC, id LIMIT :n"
            )
            q = " & ".join("(" + " <-> ".join(f"'{w}'" for w in p.replace("'", "").split()) + ")" for p in phrases)
        for row in db.session.execute(statement, {"q": q, "kind": kind, "n": limit}):
            title_first = query.split(maxsplit=1)[0].lower() in row.title.lower()
            hit = Hit(row.kind, row.ref_id, row.title, _excerpt(row.body, query))
            hits.insert(0, hit) if title_first else hits.append(hit)
    return hits


def _excerpt(body: str, query: str, width: int = 60) -> str:
    flat = " ".join(body.split())
    at = flat.lower().find(query.split(maxsplit=1)[0].lower())
    start = max(0, at - width // 3)
    return ("…" if start else "") + flat[start : start + width] + ("…" if start + width < len(flat) else "")
