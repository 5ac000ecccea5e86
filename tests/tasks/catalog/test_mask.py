"""The task ``mask``."""

import pytest

from tasks.catalog.mask import mask


@pytest.mark.usefixtures("own_home")
def test_values_are_masked_as_in_the_log() -> None:
    """Enough is left to recognise a value by, and a name stays a member."""
    assert mask({"ann@example.com": ["+380671234567", 1], "b": "c"}) == {
        "a***@e***.com": ["***67", 1],
        "b": "c",
    }
