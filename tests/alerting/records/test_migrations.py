"""Migrations lead to the tables that the code knows, and back."""

import stat
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import text

from alerting.records import migrations
from alerting.records.database import Database, open_database
from alerting.records.record import Action, Filter, State
from alerting.records.store import RecordStore
from alerting.records.tables import metadata
from tests.alerting.records.conftest import record_of


def test_migrations_make_the_tables(database: Database) -> None:
    """After the upgrade the database has the tables, columns and indexes that the code knows."""
    with database.reading() as connection:
        assert compare_metadata(MigrationContext.configure(connection), metadata) == []


def test_a_downgrade_leaves_nothing_behind(database: Database) -> None:
    """Down and up again works, and the version says where the database is."""
    migrations.downgrade(database, version="base")
    assert migrations.version_of(database) is None
    migrations.bring_up_to_date(database)
    migrations.bring_up_to_date(database)
    assert migrations.version_of(database) == migrations.HEAD


def test_alerts_outlive_their_migrations(store: RecordStore, database: Database) -> None:
    """What was kept by an older version is found by the filters of the newer, and back again."""
    store.add([record_of(1, kind="iban"), record_of(2, caller="bank")])
    store.act(record_of(2, caller="bank").alert.id, Action.ACKNOWLEDGE, who="ann")
    migrations.downgrade(database, version="0002")
    with database.reading() as connection:
        rows = connection.execute(text("SELECT kind FROM alert_kinds ORDER BY alert")).all()
    assert [row.kind for row in rows] == ["iban", "email"]
    migrations.upgrade(database)
    wanted = Filter(kind="email", caller="bank", state=State.ACKNOWLEDGED)
    (found,) = store.page(wanted, limit=9).records
    assert found.alert == record_of(2, caller="bank").alert


def test_many_may_upgrade_at_once(database: Database) -> None:
    """Gateways that start together leave the tables as one would, and none of them fails."""
    migrations.downgrade(database, version="base")
    together = threading.Barrier(4)

    def upgrade(_number: int) -> None:
        together.wait(timeout=10)
        migrations.bring_up_to_date(database)

    with ThreadPoolExecutor(4) as gateways:
        list(gateways.map(upgrade, range(4)))
    assert migrations.version_of(database) == migrations.HEAD


def test_the_head_is_the_newest_version() -> None:
    """The version that processes look for is the last one that there is."""
    folder = ScriptDirectory(str(Path(migrations.__file__).parent))
    assert folder.get_current_head() == migrations.HEAD


def test_a_file_is_made_for_its_owner(tmp_path: Path) -> None:
    """The file of SQLite appears with its first use, with its tables, for its owner only."""
    path = tmp_path / "new" / "alerts.db"
    opened = open_database(f"sqlite:///{path}", make_tables=migrations.bring_up_to_date)
    assert not path.exists()
    with opened.reading():
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert migrations.version_of(opened) == migrations.HEAD
    opened.close()
