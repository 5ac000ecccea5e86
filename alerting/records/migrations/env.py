"""What Alembic runs for every command: on the connection it is given, in its transaction."""

from alembic import context

from alerting.records.tables import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    render_as_batch=True,
)
context.run_migrations()
