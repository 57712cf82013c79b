"""Commands about the course library."""

import sys
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import click
from flask.cli import AppGroup

from courses.catalogue.actions import loading as actions
from courses.catalogue.actions.loading import LIBRARY, Prefer, Report
from courses.catalogue.library import Library
from courses.catalogue.rules import LibraryFaults
from lms import audit, calendar
from lms.db import reading, transaction
from lms.policies import actions as policies

Step = Callable[[], int]


class _DryRun(Exception):  # noqa: N818 - not a fault: it ends a trial
    """Rolls a trial load back."""


def _say(words: str) -> None:
    click.echo(words)


def _stop(faults: list[str], words: str) -> None:
    for fault in faults:
        click.echo(fault, err=True)
    click.echo(words, err=True)
    sys.exit(1)


def _load(folder: Path, *, keep: bool, prefer: Prefer | None = None) -> Report:
    """Read and render outside the transaction, then write in one; kept or, for a trial, rolled back."""
    try:
        with reading():
            prepared = actions.read_library(folder)
        _say(f"读完 {len(prepared.courses)} 门课，{sum(len(course.lessons) for course in prepared.courses)} 节。")
        return _write(folder, prepared, keep=keep, prefer=prefer)
    except LibraryFaults as found:
        _stop([str(fault) for fault in found.faults], str(found))
        raise


def _write(folder: Path, prepared: Library, *, keep: bool, prefer: Prefer | None) -> Report:
    report = Report()
    with suppress(_DryRun), transaction(), audit.acting_as(None, "命令行", "cli"):
        report = actions.load_library(folder, prepared=prepared, prefer=prefer)
        if not keep:
            raise _DryRun
    return report


def commands(load_rules: Step) -> AppGroup:
    """The group; load_rules adds the dated hour rules, which belong to a noun on the right."""
    group = AppGroup("library", help="课程库：检查和载入课程、课节、题目和政策条目。")

    @group.command("load")
    @click.option(
        "--folder",
        type=click.Path(path_type=Path, file_okay=False),
        default=LIBRARY,
        help="课程库文件夹，默认是随程序的。",
    )
    @click.option(
        "--prefer",
        type=click.Choice(["files", "browser"]),
        help="网页上改过、文件也变了的，以哪边为准；不写就保留网页上的，并列出来。",
    )
    def load(folder: Path, prefer: Prefer | None) -> None:
        """载入课程库。同样的文件再载入一遍什么也不变；网页上改过的保留；有错时指出文件和行号，退出码 1。"""
        began = time.perf_counter()
        with transaction(), audit.acting_as(None, "命令行", "cli"):
            days = calendar.load_shipped()
            rules = load_rules()
            registry = policies.load_registry()
        if registry.faults:
            _stop([f"{name}：{sentence}" for name, sentence in registry.faults], "政策库有错，课程没有载入。")
        _say(f"工作日历新增 {days} 天，学时规则新增 {rules} 条。")
        _say(f"政策库 {registry.documents} 条：新增 {registry.added}，变更 {registry.changed}。")
        report = _load(folder, keep=True, prefer=prefer)
        _say(f"课程 {report.courses} 门，课节 {report.lessons} 节。")
        for words, codes in (
            ("新课程", report.added),
            ("有变更的课程", report.changed),
            ("新版本的课节", report.new_versions),
            ("重新排版的课节", report.refreshed),
            ("停用的课节", report.retired),
            ("停开的课程", report.closed),
            ("文件成为新版本，有人正在改的草稿没有动", report.drafts),
            ("网页上改过、文件也变了，保留网页上的", report.kept),
        ):
            if codes:
                _say(f"{words}：{'、'.join(codes)}")
        if report.kept:
            _say("以文件为准加 --prefer files（网页上的留在版本历史里）；以网页为准、不再提醒加 --prefer browser。")
        _say(f"完成，用时 {time.perf_counter() - began:.1f} 秒。")

    @group.command("check")
    @click.option(
        "--folder",
        type=click.Path(path_type=Path, file_okay=False),
        default=LIBRARY,
        help="课程库文件夹，默认是随程序的。",
    )
    def check(folder: Path) -> None:
        """检查课程库，什么也不写入；有错时指出文件和行号，退出码 1。"""
        report = _load(folder, keep=False)
        _say(f"课程 {report.courses} 门，课节 {report.lessons} 节，没有发现错误。")

    return group
