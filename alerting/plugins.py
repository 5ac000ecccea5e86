"""Plug-in folders: one file in a folder adds one thing. Knows nothing of what plug-ins do.

A plug-in is a module, called by its file's name. Other people's packages add theirs through
entry points, ``name = package.module``; there the entry point's name counts.
"""

import importlib
import pkgutil
from collections.abc import Iterator
from importlib.metadata import entry_points
from types import ModuleType

from alerting.errors import DuplicatePlugin, InvalidPlugin


def discover(package: ModuleType, entry_point_group: str) -> dict[str, ModuleType]:
    """Import the plug-ins of a folder and of an entry point group; return them by name, sorted.

    Raises DuplicatePlugin, which names both files, and InvalidPlugin for an entry point that does
    not name a module. An error inside a plug-in passes through.
    """
    found: dict[str, ModuleType] = {}
    for name, module in (*_named_in_folder(package), *_from_entry_points(entry_point_group)):
        first = found.setdefault(name, module)
        if first is not module:
            raise DuplicatePlugin(name=name, first=_file(first), second=_file(module))
    return dict(sorted(found.items()))


def in_folder(package: ModuleType) -> list[ModuleType]:
    """Import the modules of a folder that nobody else may add to."""
    return [module for _, module in _named_in_folder(package)]


def _named_in_folder(package: ModuleType) -> Iterator[tuple[str, ModuleType]]:
    for module in pkgutil.iter_modules(package.__path__):
        yield module.name, importlib.import_module(f"{package.__name__}.{module.name}")


def _from_entry_points(group: str) -> Iterator[tuple[str, ModuleType]]:
    for point in entry_points(group=group):
        plugin = point.load()
        if not isinstance(plugin, ModuleType):
            raise InvalidPlugin(name=point.name, group=group, value=point.value)
        yield point.name, plugin


def _file(module: ModuleType) -> str:
    return module.__file__ or module.__name__
