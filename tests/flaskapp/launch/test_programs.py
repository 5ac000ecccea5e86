"""What `make run` runs."""

import pytest

from alerting.errors import InvalidSettings
from flaskapp.launch.programs import programs
from flaskapp.settings import WebSettings
from tasks.registry import discover


def test_each_queue_of_the_settings_has_workers() -> None:
    """The queues of the tasks come first by themselves; further ones need a setting."""
    settings = WebSettings.load(queues="high,low", workers=3)
    running = programs(settings, discover(), own_redis=False, environment={})
    copies = {one.name: one.copies for one in running if one.name.startswith("worker")}
    assert copies == {"worker-alerts": 3, "worker-default": 3, "worker-high": 3, "worker-low": 3}


@pytest.mark.parametrize("names", ["a b;c", "-x", "é", "a" * 64, "x]"])
def test_a_name_that_is_no_queue_stops_the_start(names: str) -> None:
    """What would upset the configuration of the processes is refused by its setting."""
    with pytest.raises(InvalidSettings, match="QUEUES"):
        WebSettings.load(queues=names)
