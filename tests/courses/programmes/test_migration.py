"""Courses that were assigned one by one become programmes when the database is brought up to date."""

import shutil
from datetime import date

import pytest
from alembic import command
from sqlalchemy import text

from courses.programmes.queries import members
from lms import clock
from lms.db import db
from lms.operations import migrating
from tests.courses.programmes.stories import ALL
from wsgi import create_app

pytestmark = pytest.mark.no_database
ROWS = """
INSERT INTO units (id, code, name, kind, is_open, position) VALUES (1, 'T1', '一组', 'team', 1, 0);
INSERT INTO posts (id, code, name, level, is_front_line, is_leader) VALUES (1, 'agent', '坐席', 2, 1, 0);
INSERT INTO courses (id, code, title, title_en, track, hours_target, competencies, is_mandatory, validity_months, owner,
 summary_html, summary_text, is_open, version, digest, updated_at)
 VALUES (1, 'C1', '标准', '', 'C', 60000, '[]', 1, 24, '', '', '', 1, 1, 'x', '2026-01-01 00:00:00');
INSERT INTO persons (id, name, given_name, sort_key, certificate_name, phone, email)
 VALUES (1, '林', '林', 'lin', '林', '', ''), (2, '王', '王', 'wang', '王', '', ''), (3, '陈', '陈', 'chen', '陈', '', '');
INSERT INTO spells (id, person_id, staff_number, form, employer, unit_id, post_id, starts_on)
 VALUES (1, 1, 'A1', 'institution', '中心', 1, 1, '2024-01-01'), (2, 2, 'A2', 'institution', '中心', 1, 1, '2024-01-01'),
 (3, 3, 'A3', 'institution', '中心', 1, 1, '2024-01-01');
INSERT INTO enrolments (person_id, course_id, started_at, due_on, is_assigned) VALUES
 (1, 1, '2026-11-01 00:30:00', '2026-12-05', 1), (2, 1, '2026-11-02 00:30:00', '2026-12-20', 1),
 (3, 1, '2026-11-03 00:30:00', NULL, 0);
INSERT INTO course_completions (person_id, course_id, course_version, completed_at)
 VALUES (2, 1, 1, '2026-11-20 01:00:00'), (3, 1, 1, '2026-11-20 01:00:00');
"""


def test_assignments_are_kept_with_everybody_s_own_day(app, tmp_path):
    made = create_app(
        testing=True, data_dir=tmp_path, database_url="", secret_key="t" * 40, smtp_host="", jobs="embedded"
    )
    with made.app_context():
        with migrating._configured() as config:
            command.upgrade(config, "0001")
        for statement in filter(str.strip, ROWS.split(";")):
            db.session.execute(text(statement))
        db.session.commit()
        migrating.upgrade()
        day, now = date(2026, 11, 25), clock.local_instant(date(2026, 11, 25), 9)
        (own,) = members.of_person(1)
        assert (own.programme.title, own.programme.state) == ("布置的课程：标准", "published")
        assert [item.ref_id for item in own.programme.items] == ["C1"]
        assert own.due_at == clock.local_instant(date(2026, 12, 5), 18)
        rows, total = members.listed(own.programme.id, ALL, members.Wanted(state="all"), day, now)
        assert total == 2
        assert {row.name: row.is_done for row in rows} == {"林": False, "王": True}
        assert members.of_person(3) == []
        columns = {row[1] for row in db.session.execute(text("PRAGMA table_info(enrolments)"))}
        assert columns == {"id", "person_id", "course_id", "started_at"}
        db.session.rollback()
        db.engine.dispose()
    shutil.rmtree(tmp_path, ignore_errors=True)
