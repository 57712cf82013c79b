"""Many certificates in one ZIP, written by a job; memory stays flat however many there are."""

import zipfile
from collections.abc import Generator, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path
from typing import Any

from certificates.awards import queries, rules
from certificates.awards.queries import PdfRow, RegisterFilter
from certificates.awards.rules import State
from lms import audit, clock, files, jobs
from lms.errors import Refused
from lms.jobs import Job, Progress
from lms.people.rules import Reach

KIND = "certificates.bundle"
LABEL = "打包下载证书"
CHUNK = 50
LOST = "{name} {number}：文件不在了或与发证时不一致，没有放进来。"


@dataclass(frozen=True)
class Span:
    """How far the role of whoever ordered goes, as kept with the job."""

    scope: str
    unit_id: int | None
    vendor_id: int | None


def order(reaches: Sequence[Reach], wanted: RegisterFilter) -> Job:
    """Queue the job for what a filter of the register shows now; refuses an empty one."""
    day = clock.today()
    total, last_id = queries.pdf_extent(reaches, day, wanted)
    if not total:
        raise Refused("没有可以打包的证书：筛选的结果里没有已制成的。换个条件再试。")
    job = jobs.start(
        KIND,
        f"{LABEL}（{total} 张）",
        reaches=[asdict(Span(reach.scope, reach.unit_id, reach.vendor_id)) for reach in reaches],
        wanted=asdict(wanted),
        day=day.isoformat(),
        last_id=last_id,
        total=total,
    )
    audit.record("award.bundle", "job", job.id, job.label, wanted={k: v for k, v in asdict(wanted).items() if v})
    return job


def write(params: dict[str, Any]) -> Generator[Progress, None, None]:
    """The job: files go into the archive between two transactions, so no lock is held meanwhile; a killed one starts anew."""
    reaches = [Span(**given) for given in params["reaches"]]
    wanted = RegisterFilter(**(params["wanted"] | {"state": State(s) if (s := params["wanted"]["state"]) else None}))
    day, total, done = date.fromisoformat(params["day"]), params["total"], 0
    with files.draft() as path, zipfile.ZipFile(path, "w", zipfile.ZIP_STORED) as archive:
        rows = queries.pdfs(reaches, day, wanted, after_id=0, last_id=params["last_id"], limit=CHUNK)
        while rows:
            yield Progress(done, total, f"已放入 {done} 张")
            problems = tuple(_add(archive, rows))
            done += len(rows)
            rows = queries.pdfs(reaches, day, wanted, after_id=rows[-1].id, last_id=params["last_id"], limit=CHUNK)
            if problems:
                yield Progress(done, total, problems=problems)
        yield Progress(done, total, "正在收尾")
        archive.close()
        yield _kept(path, done, params["day"])


def _add(archive: zipfile.ZipFile, rows: Sequence[PdfRow]) -> Generator[str, None, None]:
    for row in rows:
        try:
            content = files.load(row.pdf_hash)
        except OSError:
            yield LOST.format(name=row.holder_name, number=row.number)
            continue
        # A fixed date: the same certificates give the same archive.
        entry = zipfile.ZipInfo(rules.file_name(row.unit_name, row.holder_name, row.title, row.number))
        archive.writestr(entry, content)


def _kept(path: Path, done: int, day: str) -> Progress:
    result = {"file": files.store_file(path), "name": f"证书 {day}（{done} 张）.zip", "bytes": path.stat().st_size}
    return Progress(done, done, f"{done} 张证书已打包，可以下载。", result=result)
