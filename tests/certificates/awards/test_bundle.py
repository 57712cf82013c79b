"""打包下载: one ZIP of what the filter shows, by a job that a kill only delays; nobody else gets it."""

import io
import zipfile

import pytest
from sqlalchemy import select

from certificates.awards import bundle, queries, rules
from certificates.awards.models import Award
from certificates.awards.queries import RegisterFilter
from lms import audit, clock, files, jobs
from lms.db import db, transaction
from lms.errors import Refused
from lms.jobs import Job, JobStatus
from lms.notices.models import Notice
from lms.web.guards import Reach
from tests import factories
from tests.certificates import hall

ALL = (Reach("hr", "all"),)
pytestmark = pytest.mark.usefixtures("context", "by_the_system")


@pytest.fixture
def by_the_system():
    with audit.acting_as(None, "系统", "test"):
        yield


@pytest.fixture
def awards() -> list[Award]:
    with transaction():
        hall.make_exam()
        names = ("林晓岚", "周敏", "欧阳䶮")
        people = [factories.person(name) for name in names]
    return [hall.certified(person.id) for person in people]


@pytest.fixture
def hr(app):
    with transaction():
        someone = factories.person("方静", roles=["hr"])
    client = app.test_client()
    factories.sign_in(client, someone)
    client.person_id = someone.id
    return client


def ordered(client, query: str = "") -> Job:
    answer = client.post(f"/staff/certificates/bundle{query}")
    assert answer.status_code == 303
    return db.session.scalars(select(Job).order_by(Job.id.desc())).first()


def names_in(content: bytes) -> list[str]:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        assert archive.testzip() is None
        return archive.namelist()


def test_everything_the_filter_shows_is_in_it_byte_for_byte(hr, awards):
    job = ordered(hr)
    jobs.run(job.id)
    answer = hr.get(f"/jobs/{job.id}/file")
    assert answer.status_code == 200
    assert len(answer.data) == answer.content_length == job.result["bytes"]
    with zipfile.ZipFile(io.BytesIO(answer.data)) as archive:
        inside = {name: archive.read(name) for name in archive.namelist()}
    assert inside == {
        rules.file_name(a.unit_name, a.holder_name, a.title, a.number): files.load(a.pdf_hash) for a in awards
    }
    assert "filename*=UTF-8''" in answer.headers["Content-Disposition"]


def test_the_filter_counts_and_withdrawn_ones_stay_out(hr, awards):
    withdrawn = hr.post(
        f"/staff/certificates/{awards[0].number}/revoke",
        data={"reason_class": "wrong_facts", "reason": "身份核对有误", "is_confirmed": "y"},
    )
    assert withdrawn.status_code == 303
    job = ordered(hr)
    jobs.run(job.id)
    assert job.result["name"].endswith("（2 张）.zip")
    narrow = ordered(hr, "?q=周敏")
    jobs.run(narrow.id)
    inside = names_in(hr.get(f"/jobs/{narrow.id}/file").data)
    assert [name.split("/")[1].split("_")[0] for name in inside] == ["周敏"]


def test_an_empty_filter_is_refused_with_a_sentence(hr, awards):
    answer = hr.post("/staff/certificates/bundle?q=查无此人", follow_redirects=True)
    assert "没有可以打包的证书" in answer.text
    assert db.session.scalar(select(Job.id)) is None


def test_whoever_ordered_is_told_and_nobody_else_may_fetch(app, hr, awards):
    job = ordered(hr)
    jobs.run(job.id)
    told = db.session.scalars(select(Notice).where(Notice.kind == "job")).one()
    assert (told.person_id, told.ref_id) == (hr.person_id, str(job.id))
    for roles in (["hr"], ["system_admin"], ["learner"]):
        with transaction():
            other = factories.person("别人", roles=roles)
        stranger = app.test_client()
        factories.sign_in(stranger, other)
        assert stranger.get(f"/jobs/{job.id}/file").status_code == 404


def test_a_vendors_hr_gets_its_own_people_only(awards):
    with transaction():
        rival = factories.vendor("V9", "别家公司")
        own = factories.person("唐棠", vendor=rival)
    mine = hall.certified(own.id)
    reach = (Reach("hr", "own_vendor", vendor_id=rival.id),)
    assert queries.pdf_extent(reach, clock.today(), RegisterFilter()) == (1, mine.id)


def test_a_killed_job_is_written_anew_and_whole(awards, monkeypatch):
    monkeypatch.setattr(bundle, "CHUNK", 1)
    with transaction():
        job = bundle.order(ALL, RegisterFilter())
        params = dict(job.params)
    half = bundle.write(params)
    next(half)
    next(half)
    half.close()  # what a kill leaves behind is at most a draft
    jobs.run(job.id)
    assert job.status == JobStatus.done
    assert len(names_in(b"".join(files.chunks(job.result["file"])))) == len(awards)


def test_one_lost_file_is_named_and_does_not_stop_the_rest(app, awards):
    app.extensions["files"].path(awards[1].pdf_hash).unlink()
    with transaction():
        job = bundle.order(ALL, RegisterFilter())
    jobs.run(job.id)
    assert job.status == JobStatus.done
    assert len(job.problems) == 1
    assert awards[1].number in job.problems[0]
    assert len(names_in(b"".join(files.chunks(job.result["file"])))) == len(awards) - 1


def test_nothing_to_bundle_is_refused():
    with pytest.raises(Refused, match="没有可以打包的证书"):
        bundle.order(ALL, RegisterFilter(words="无"))


@pytest.mark.parametrize("unit", ["../../etc", "a/b\\c:d", "", "..", "组\x00一"])
def test_a_name_in_the_bundle_never_leaves_its_folder(unit):
    name = rules.file_name(unit, "林/晓岚", "证书:?", "YZ26-4217-K8QM")
    assert name.count("/") == 1
    assert not name.startswith(("/", "."))
    assert not set('\\:*?"<>|\x00') & set(name)
