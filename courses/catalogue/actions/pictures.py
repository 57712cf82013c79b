"""Keep a picture for lessons."""

from courses.catalogue import queries
from courses.catalogue.models import Picture
from courses.catalogue.pictures import Prepared
from lms import audit, clock, files
from lms.db import db
from lms.errors import Refused

LONGEST_ALT = 200


def check_alt(alt: str) -> str:
    """The alternative text on one line, or refused: who cannot see the picture depends on it."""
    words = " ".join(alt.replace("[", "（").replace("]", "）").split())
    if not words:
        raise Refused("写上替代文字：图上有什么，看不见图的人靠它。")
    if len(words) > LONGEST_ALT:
        raise Refused("替代文字最多 {n} 个字，缩短后再试。", n=LONGEST_ALT)
    return words


def keep(prepared: Prepared) -> Picture:
    """The picture's row; the same picture again is the same row. Its bytes are on disk before the row is written."""
    digest = files.store(prepared.content)
    known = queries.picture(digest)
    if known is not None:
        return known
    picture = Picture(
        digest=digest,
        suffix=prepared.suffix,
        width=prepared.width,
        height=prepared.height,
        size=len(prepared.content),
        author_id=audit.actor().person_id,
        uploaded_at=clock.now(),
    )
    db.session.add(picture)
    db.session.flush()
    audit.record("picture.upload", "picture", picture.id, f"{picture.width}×{picture.height}", digest=digest)
    return picture


def address(picture: Picture) -> str:
    """Where the picture is served, as lessons write it."""
    return f"/files/{picture.digest}.{picture.suffix}"


def markdown(picture: Picture, alt: str) -> str:
    """The line that shows the picture in a lesson."""
    return f"![{check_alt(alt)}]({address(picture)})"
