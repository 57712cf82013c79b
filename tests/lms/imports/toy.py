"""A small kind of import: posts by code and name."""

from collections.abc import Iterator

from sqlalchemy import select

from lms.db import db
from lms.errors import Refused
from lms.imports import rules
from lms.imports.rules import Change, Field, Group, Kind, Option, Outcome, Planned
from lms.organisation.models import Post
from lms.sheets import cells

FIELDS = (
    Field("code", "代码", ("岗位代码", "编号"), is_required=True),
    Field("name", "名称", ("岗位名称",), is_required=True),
    Field("level", "级别", ("等级",)),
)


class PostPlanner:
    def __init__(self, task):
        self.task, self.seen = task, {}

    def plan(self, lines):
        wanted = [cells.code(line.cells["code"]) for line in lines]
        known = {post.code: post for post in db.session.scalars(select(Post).where(Post.code.in_(wanted)))}
        return [self._one(line, known) for line in lines]

    def _one(self, line, known):
        code, name = cells.code(line.cells["code"]), cells.line(line.cells["name"])
        faults = []
        if not name:
            faults.append(Refused("名称是空的。"))
        if code in self.seen:
            faults.append(Refused("代码 {code} 在第 {n} 行已经有了。", code=code, n=self.seen[code]))
        self.seen.setdefault(code, line.number)
        level = 1
        try:
            level = cells.integer(line.cells.get("level")) or 1
        except Refused as refused:
            faults.append(refused)
        if faults:
            return Planned(line.number, "faulty", name or code, faults)
        data = {"code": code, "name": name, "level": level}
        post = known.get(code)
        if post is None:
            return Planned(line.number, "new", name, data=data)
        if post.name == name:
            return Planned(line.number, "same", name)
        return Planned(line.number, "changed", name, changes=[Change("名称", post.name, name)], data=data)

    def rest(self) -> Iterator[list[Planned]]:
        if self.task.options.get("complete"):
            missing = db.session.scalars(select(Post).where(Post.code.not_in(list(self.seen)))).all()
            yield [Planned(None, "missing", post.name, data={"id": post.id}) for post in missing]


def write(task, rows):
    found = []
    for row in rows:
        post = db.session.scalar(select(Post).where(Post.code == row.data["code"]))
        if row.group == "new":
            post = Post(**row.data)
            db.session.add(post)
            db.session.flush()
            found.append(Outcome(row.id, True, ref_id=post.id))
        else:
            before, post.name = post.name, row.data["name"]
            found.append(Outcome(row.id, True, ref_id=post.id, before={"name": before}))
    db.session.flush()
    return found


def undo(task, rows):
    found = []
    for row in rows:
        post = db.session.get(Post, row.ref_id)
        if post is None or post.name != row.data["name"]:
            found.append(Outcome(row.id, False, Refused("「{name}」后来有人改过，保留。", name=row.label)))
            continue
        if row.before:
            post.name = row.before["name"]
        else:
            db.session.delete(post)
        found.append(Outcome(row.id, True))
    db.session.flush()
    return found


KIND = Kind(
    name="posts",
    label="岗位表",
    counted="行",
    roles=frozenset({"hr"}),
    fields=lambda task: FIELDS,
    groups=(
        Group("new", "新增", "ok"),
        Group("changed", "变更", "warn"),
        Group("missing", "表里没有", is_ticked=False),
        rules.SAME,
        rules.FAULTY,
    ),
    planner=PostPlanner,
    write=write,
    undo=undo,
    options=(Option("complete", "这是全部岗位"),),
    section="people.index",
)
