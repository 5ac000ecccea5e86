"""The payloads of the benchmarks are what the document says of them."""

import json

import pytest

from alerting.detector import Detector
from benchmarks.payloads import SIZES, make


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("has_contacts", [True, False])
def test_payloads_have_their_size_and_are_the_same_each_time(size: int, has_contacts: bool) -> None:
    """A payload is as long as it says, within a tenth, and made again it is the same."""
    payload = make(size=size, has_contacts=has_contacts)
    assert 0.9 < len(payload.raw) / size < 1.1
    assert payload == make(size=size, has_contacts=has_contacts)


@pytest.mark.parametrize("size", SIZES)
def test_contacts_are_all_that_there_is_to_find(size: int) -> None:
    """The detector finds as many contacts as were put in, and nothing where none were."""
    detector = Detector(["email", "phone"])
    for has_contacts in (True, False):
        payload = make(size=size, has_contacts=has_contacts)
        assert len(detector.scan(json.loads(payload.raw))) == payload.contacts
        assert (payload.contacts > 0) == has_contacts
