"""Registers the pages of operations."""

from flask import Flask

from lms import jobs
from lms.operations import backup
from lms.operations.admin import backups, health, outbox, settings
from lms.operations.views import jobs as pages
from lms.operations.views import probes, statements
from lms.web import links, slots
from lms.web.slots import NavItem

SCREENS = (probes, statements, health, outbox, backups, settings)  # importing them puts their routes on the blueprint
SYSTEM = frozenset({"system_admin"})
NAVIGATION = [
    NavItem("运行", "operations.health_page", "server", shell="staff", roles=SYSTEM, order=78),
    NavItem("任务", "operations.job_list", "list-checks", shell="staff", roles=SYSTEM, order=80),
]


def init_app(app: Flask) -> None:
    """Register the blueprint, the link kind, the navigation and the jobs of backups."""
    app.register_blueprint(pages.bp)
    links.register(app, "job", "任务", pages.link)
    slots.fill(app, "navigation", lambda: NAVIGATION)
    jobs.register(app, backup.MAKE, "备份", backup.make)
    jobs.register(app, backup.CHECK, "核对备份", backup.check)
