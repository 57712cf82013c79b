"""Upgrading from nothing gives exactly the models, on the database of this run."""

from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import text

from lms.db import Model, db
from lms.operations import migrating


def include(name, kind, _parents):
    return not (kind == "table" and name and name.startswith(("search_index", "huey", "alembic")))


def test_the_migrated_schema_equals_the_models(app, context):
    found = MigrationContext.configure(db.session.connection(), opts={"include_name": include, "compare_type": True})
    differences = compare_metadata(found, Model.metadata)
    # The search index on PostgreSQL is an expression, which models do not declare.
    unexpected = [d for d in differences if not (d[0] == "remove_index" and d[1].name == "ix_search_entries_bigrams")]
    assert unexpected == []


def test_there_is_one_line_of_history_and_the_database_is_at_its_end(app, context):
    assert db.session.execute(text("SELECT version_num FROM alembic_version")).scalars().all() == [migrating.newest()]
