"""Alembic's entry: one line of history for all packages, on the app's own engine."""

import importlib
from pathlib import Path

from alembic import context

from lms.db import Model

ROOT = Path(__file__).resolve().parent.parent
TABLES_IN = ("audit", "calendar", "jobs", "mail", "search")

for name in TABLES_IN:
    importlib.import_module(f"lms.{name}")
for package in ("lms", "courses", "assessments", "certificates", "appraisals"):
    for path in sorted((ROOT / package).glob("*/models.py")):
        importlib.import_module(f"{package}.{path.parent.name}.models")

connection = context.config.attributes["connection"]


def include_name(name, type_, parent_names):
    """Leave alone what belongs to the search index and the job queue."""
    return not (type_ == "table" and name and name.startswith(("search_index", "huey", "alembic")))


context.configure(
    connection=connection,
    target_metadata=Model.metadata,
    render_as_batch=connection.dialect.name == "sqlite",
    include_name=include_name,
    compare_type=True,
    transaction_per_migration=True,
)
with context.begin_transaction():
    context.run_migrations()
