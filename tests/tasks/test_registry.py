"""The registry of tasks: one file adds one, and no name is taken twice."""

from collections.abc import Iterator
from pathlib import Path

import pytest

import tasks.catalog
from alerting.errors import DuplicatePlugin
from alerting.finding import JsonValue
from tasks.catalog.echo import echo
from tasks.errors import UnknownTask
from tasks.registry import Task, TaskFunction, TaskRegistry, discover, task


@task(queue="slow", timeout_s=5)
def say_hello(payload: JsonValue) -> JsonValue:
    """Greet.

    Whoever it is.
    """
    return f"hello {payload}"


def marked(function: TaskFunction) -> Task:
    """Return the task that a function is marked as."""
    mark: Task = function.piigate_task  # type: ignore[attr-defined] # the mark under test
    return mark


MARKED = marked(say_hello)


@pytest.fixture
def fresh() -> Iterator[None]:
    """Let the test discover tasks anew."""
    discover.cache_clear()
    yield
    discover.cache_clear()


def test_mark_names_the_task_by_its_function() -> None:
    """A task is called as its function, with hyphens, and described by its first line."""
    assert MARKED.name == "say-hello"
    assert MARKED.summary == "Greet."
    assert (MARKED.queue, MARKED.timeout_s) == ("slow", 5)
    assert MARKED.path == "tests.tasks.test_registry.say_hello"


def test_marked_function_is_still_itself() -> None:
    """Marking a function changes nothing for those who call it."""
    assert say_hello("you") == "hello you"


def test_built_in_tasks_are_called_as_their_files() -> None:
    """Each file of the catalogue adds the task of its name."""
    files = {path.stem for path in Path(tasks.catalog.__path__[0]).glob("[!_]*.py")}

    assert {one.name for one in discover()} == files


def test_registry_finds_a_task_by_name_and_by_path() -> None:
    """A task is found by the name users know and by the path jobs store."""
    registry = TaskRegistry([MARKED])

    assert registry.named("say-hello") is MARKED
    assert registry.at("tests.tasks.test_registry.say_hello") is MARKED


def test_registry_lists_tasks_by_name() -> None:
    """The list of tasks is sorted by name, whatever the order of discovery."""
    other = Task(name="a", function=echo, queue="default", timeout_s=None)

    assert [one.name for one in TaskRegistry([MARKED, other])] == ["a", "say-hello"]


@pytest.mark.parametrize("name", ["", "nothing", "os.system", "say_hello"])
def test_unknown_task_is_an_error(name: str) -> None:
    """What is not registered is unknown, by name and by path."""
    registry = TaskRegistry([MARKED])

    with pytest.raises(UnknownTask):
        registry.named(name)
    with pytest.raises(UnknownTask):
        registry.at(name)


def test_name_that_is_taken_stops_the_start() -> None:
    """Two tasks of one name are an error that says where both are."""

    @task(name="say-hello")
    def impostor(payload: JsonValue) -> JsonValue:
        return payload

    with pytest.raises(DuplicatePlugin) as caught:
        TaskRegistry([MARKED, marked(impostor)])

    assert "say_hello" in str(caught.value)
    assert "impostor" in str(caught.value)


def test_task_imported_by_another_module_is_no_duplicate() -> None:
    """Seeing the same task twice, as through an import, is fine."""
    assert len(list(TaskRegistry([MARKED, MARKED]))) == 1


@pytest.mark.usefixtures("fresh")
def test_other_packages_add_tasks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An installed package adds tasks through an entry point."""
    (tmp_path / "extra_tasks.py").write_text(
        "from tasks import task\n@task()\ndef extra(payload):\n    return payload\n"
    )
    folder = tmp_path / "extra-1.dist-info"
    folder.mkdir()
    (folder / "METADATA").write_text("Metadata-Version: 2.1\nName: extra\nVersion: 1\n")
    (folder / "entry_points.txt").write_text("[piigate.tasks]\nextra = extra_tasks\n")
    monkeypatch.syspath_prepend(tmp_path)

    assert discover().named("extra").path == "extra_tasks.extra"
