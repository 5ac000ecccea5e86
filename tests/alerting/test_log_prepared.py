"""Lines that are put into words before their time."""

import logging

import pytest

from alerting import log
from alerting.masking import Masked
from alerting.settings import AlertingSettings
from tests.alerting.conftest import ReadLog

LOGGER = logging.getLogger("piigate.tests")


def test_a_line_may_be_put_into_words_before_its_time(read_log: ReadLog) -> None:
    """It is logged when it has happened, as it was then; what never happened is not logged."""
    happened = log.prepared(LOGGER, "job", caller="ann", result="of test@example.com")
    log.prepared(LOGGER, "job that was lost")
    log.prepared(LOGGER, "job that nobody wants to know of", level=logging.DEBUG)()
    log.event(LOGGER, "between")

    happened()

    between, line = read_log()
    assert "between" in between
    assert line.endswith('job caller=ann result="of t***@e***.com"')


@pytest.mark.usefixtures("clean_logging")
def test_a_prepared_line_is_logged_wherever_others_are(
    settings: AlertingSettings, capsys: pytest.CaptureFixture[str]
) -> None:
    """Also where it goes to no file."""
    log.configure(settings, stderr=True)

    log.prepared(LOGGER, "job", result=Masked("done"))()

    assert capsys.readouterr().err.endswith("job result=done\n")
