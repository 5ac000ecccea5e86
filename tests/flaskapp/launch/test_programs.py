"""What `make run` runs."""

import pytest

from alerting.errors import InvalidSettings
from flaskapp.launch.programs import programs
from flaskapp.settings import WebSettings
from tasks.registry import discover


def test_each_queue_of_the_settings_has_workers() -> None:
    """The queues of the tasks come first by themselves; further ones need a setting."""
    settings = WebSettings.load(queues="high,low", workers="3,low=1..6")
    running = programs(settings, discover(), own_redis=False, environment={})
    copies = {one.name: one.copies for one in running if one.name.startswith("worker")}
    assert copies == {"worker-alerts": 1, "worker-default": 3, "worker-high": 3, "worker-low": 6}


def test_redis_starts_first_and_stops_last() -> None:
    """Supervisor starts by ascending priority, and stops the other way round."""
    running = programs(WebSettings.load(), discover(), own_redis=True, environment={})

    names = [one.name for one in sorted(running, key=lambda one: one.priority)]
    assert names == ["redis", "worker-alerts", "worker-default", "web"]


@pytest.mark.parametrize("names", ["a b;c", "-x", "é", "a" * 64, "x]"])
def test_a_name_that_is_no_queue_stops_the_start(names: str) -> None:
    """What would upset the configuration of the processes is refused by its setting."""
    with pytest.raises(InvalidSettings, match="QUEUES"):
        WebSettings.load(queues=names)
