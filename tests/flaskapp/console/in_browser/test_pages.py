"""Pages run nothing of what is written on them, and everybody can use them, whatever that is."""

from itertools import product
from typing import Literal

import pytest
from playwright.sync_api import Browser, StorageState, expect

from alerting.alert import Alert
from alerting.finding import Finding
from alerting.records.record import Action, Filter, Record, Severity
from alerting.records.store import RecordStore
from tests.flaskapp.console.browser import Visitor, visit
from tests.flaskapp.console.in_browser.real_browser import IN_BROWSER
from tests.flaskapp.console.seeds import add

pytestmark = IN_BROWSER

SCHEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")
HOSTILE = "<img src=x onerror=alert(1)>'\"><script>alert(2)</script>{{7*7}}<!--"


def test_keyboard_skips_the_head_of_a_page(visitor: Visitor) -> None:
    """The first key leads past the navigation."""
    visitor.open("/console/alerts")
    visitor.page.keyboard.press("Tab")
    expect(visitor.page.get_by_text("Skip to the content")).to_be_in_viewport()
    visitor.page.keyboard.press("Enter")

    expect(visitor.page.locator("main")).to_be_focused()


def test_what_callers_wrote_is_shown_never_run(visitor: Visitor, records: RecordStore) -> None:
    """Markup in any field that a client controls is text on every page that shows it."""
    record = hostile_record()
    add(records, [record])
    records.act(record.alert.id, Action.COMMENT, who=HOSTILE, text=HOSTILE)
    (incident,) = [one for one in records.incidents(limit=500).incidents if one.caller == HOSTILE]

    for path in (
        "/console/?span=90d",
        "/console/alerts",
        f"/console/alerts/{record.alert.id}",
        "/console/incidents",
        f"/console/incidents/{incident.id}",
    ):
        visitor.open(path)
        expect(visitor.page.get_by_text(HOSTILE).first).to_be_visible()
        assert visitor.page.locator("main img, main script").count() == 0


def hostile_record() -> Record:
    """Return an alert whose every text is markup."""
    return Record(
        alert=Alert(
            findings=(Finding("email", f"/{HOSTILE}", 0, 5, 0.9, why=HOSTILE, place=(0,)),) * 40,
            caller=HOSTILE,
            task=HOSTILE,
            request_id=HOSTILE,
            job_id=HOSTILE,
        ),
        severity=Severity.CRITICAL,
        excerpt=f'{{"{HOSTILE}": "{HOSTILE}", {HOSTILE}',
    )


def test_what_is_typed_is_shown_never_run(visitor: Visitor) -> None:
    """Markup in a form or address comes back as text."""
    visitor.open("/console/try")
    visitor.page.get_by_label("Payload (JSON)").fill(f'{{"a": "</textarea>{HOSTILE}}}')
    visitor.page.get_by_role("button", name="Scan").click()
    expect(visitor.page.get_by_role("alert")).to_be_visible()

    visitor.open("/console/alerts?text=%22%3E%3Cscript%3Ealert(1)%3C/script%3E&since=%3Cscript%3E")
    expect(visitor.page.get_by_role("alert")).to_be_visible()
    assert visitor.page.locator("main img, main script").count() == 0


@pytest.mark.parametrize("locale", ["en-GB", "uk-UA"])
def test_pages_can_be_used_by_everybody(
    browser: Browser, address: str, records: RecordStore, session: StorageState, locale: str
) -> None:
    """axe-core finds nothing wrong with any page, and none is wider than its window."""
    record = records.page(Filter(kind="card"), limit=1).records[0]
    # Colours that are on their way from one scheme to the other would be judged too.
    options = {"locale": locale, "storage_state": session, "reduced_motion": "reduce"}
    with visit(browser, address, **options) as visitor:
        for path in (
            "/console/?span=7d",
            "/console/alerts?since=never",
            "/console/alerts?kind=card",
            f"/console/alerts/{record.alert.id}",
            "/console/incidents",
            f"/console/incidents/{record.incident_id}",
            "/console/try",
            "/console/nowhere",
        ):
            visitor.open(path)
            assert visitor.page.locator("html").get_attribute("lang") == locale[:2]
            for scheme, width in product(SCHEMES, (1280, 390)):
                visitor.page.emulate_media(color_scheme=scheme)
                visitor.page.set_viewport_size({"width": width, "height": 800})
                seen = (path, scheme, width)
                assert (visitor.violations(), seen) == ("", seen)
                assert not visitor.page.evaluate("document.body.scrollWidth > innerWidth"), seen
