"""Commands about appraisals."""

import click
from flask.cli import AppGroup

from appraisals.cycles import queries
from appraisals.evidence import actions as evidence
from appraisals.scores import actions as scores
from lms import clock
from lms.db import transaction

commands = AppGroup("appraisals", help="考核：载入指标和方案。")


def load_all(_sender: object = None, **_facts: object) -> tuple[int, int]:
    """Load measures and schemes and check that every form has its terms; returns measures in the file, schemes added."""
    report = evidence.load_measures()
    added = scores.load_schemes()
    scores.schemes_on(clock.today())
    queries.terms_on(clock.today())
    return report.measures, added


@commands.command("load")
def load() -> None:
    """载入考核指标和各用工形式的方案；已有的行不改，有错什么也不写入。"""
    with transaction():
        measures, added = load_all()
    click.echo(f"考核指标 {measures} 个，新增方案 {added} 个。")
