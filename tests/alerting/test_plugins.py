"""Plug-ins are found in a folder and through entry points of installed packages."""

import importlib
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType

import pytest

from alerting.errors import DuplicatePlugin, InvalidPlugin
from alerting.plugins import discover

GROUP = "piigate.tests"
Declare = Callable[[str], None]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[ModuleType]:
    """Return a plug-in folder with the plug-ins ``pear`` and ``apple``, importable."""
    package = tmp_path / "fruits"
    package.mkdir()
    for name in ("__init__", "pear", "apple"):
        (package / f"{name}.py").touch()
    monkeypatch.syspath_prepend(tmp_path)
    yield importlib.import_module("fruits")
    for module in [name for name in sys.modules if name.partition(".")[0] in {"fruits", "grocer"}]:
        del sys.modules[module]


@pytest.fixture
def declare(tmp_path: Path, folder: ModuleType) -> Declare:
    """Install a package with the plug-in ``grocer.fig``; declare it the way given."""
    (tmp_path / "grocer").mkdir()
    (tmp_path / "grocer" / "__init__.py").touch()
    (tmp_path / "grocer" / "fig.py").write_text("def grow(): ...\n")
    metadata = tmp_path / "grocer-1.0.dist-info"
    metadata.mkdir()
    (metadata / "METADATA").write_text("Metadata-Version: 2.1\nName: grocer\nVersion: 1.0\n")

    def write(entry_point: str) -> None:
        (metadata / "entry_points.txt").write_text(f"[{GROUP}]\n{entry_point}\n")
        importlib.invalidate_caches()

    return write


def test_plugins_of_the_folder_are_found_by_file_name(folder: ModuleType) -> None:
    """Each file is a plug-in under its own name, sorted."""
    found = discover(folder, GROUP)
    assert list(found) == ["apple", "pear"]
    assert found["pear"].__name__ == "fruits.pear"


def test_plugins_of_other_packages_are_found(folder: ModuleType, declare: Declare) -> None:
    """An entry point adds a module under the entry point's name."""
    declare("fig = grocer.fig")
    found = discover(folder, GROUP)
    assert list(found) == ["apple", "fig", "pear"]
    assert found["fig"].__name__ == "grocer.fig"


def test_two_plugins_of_one_name_are_both_named(folder: ModuleType, declare: Declare) -> None:
    """A name that is taken stops the start and names both files."""
    declare("pear = grocer.fig")
    with pytest.raises(DuplicatePlugin) as raised:
        discover(folder, GROUP)
    assert raised.value.first.endswith("fruits/pear.py")
    assert raised.value.second.endswith("grocer/fig.py")
    assert raised.value.second in str(raised.value)


def test_a_plugin_may_also_be_declared_where_it_lies(folder: ModuleType, declare: Declare) -> None:
    """The same module found twice is one plug-in."""
    declare("pear = fruits.pear")
    assert list(discover(folder, GROUP)) == ["apple", "pear"]


def test_an_entry_point_must_name_a_module(folder: ModuleType, declare: Declare) -> None:
    """A function is no plug-in; the error says what to write."""
    declare("fig = grocer.fig:grow")
    with pytest.raises(InvalidPlugin, match=r"'grocer\.fig:grow'.*write `name = package\.module`"):
        discover(folder, GROUP)


def test_an_error_inside_a_plugin_passes_through(folder: ModuleType, tmp_path: Path) -> None:
    """A plug-in that cannot be imported is not passed over."""
    (tmp_path / "fruits" / "rotten.py").write_text("1 / 0\n")
    importlib.invalidate_caches()
    with pytest.raises(ZeroDivisionError):
        discover(folder, GROUP)
