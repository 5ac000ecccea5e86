"""What operators do in the console works."""

import re

from playwright.sync_api import Browser, expect

from alerting.records.record import Action
from alerting.records.store import RecordStore
from tests.flaskapp.console.browser import Visitor, visit
from tests.flaskapp.console.in_browser.kept_alert import kept
from tests.flaskapp.console.in_browser.real_browser import IN_BROWSER

pytestmark = IN_BROWSER


def test_operator_signs_in_and_out(browser: Browser, address: str) -> None:
    """Signing in leads to the overview; signing out ends it."""
    with visit(browser, address, locale="en-GB") as visitor:
        visitor.sign_in()
        expect(visitor.page.get_by_role("heading", level=1)).to_have_text("Overview")
        expect(visitor.page.get_by_text("root", exact=True)).to_be_visible()

        visitor.page.get_by_role("button", name="Sign out").click()
        visitor.open("/console/alerts")

        expect(visitor.page.get_by_role("heading", level=1)).to_have_text("Sign in")


def test_plain_http_in_a_local_network_works_too(browser: Browser, address: str) -> None:
    """Where the browser does not say which site a form is from, its origin is enough."""
    named = address.replace("127.0.0.1", "gateway.test")
    with visit(browser, named, locale="en-GB") as visitor:
        visitor.sign_in()
        visitor.page.get_by_role("button", name="Українська").click()

        expect(visitor.page.get_by_role("heading", level=1)).to_have_text("Огляд")


def test_alerts_are_filtered(visitor: Visitor, records: RecordStore) -> None:
    """The form narrows the list down."""
    record = kept(records, caller="only-one")
    visitor.open("/console/alerts")
    visitor.page.get_by_text("More filters").click()
    visitor.page.get_by_label("Caller", exact=True).fill("only-one")
    visitor.page.get_by_role("button", name="Filter").click()

    expect(visitor.page.locator(".alerts tbody tr")).to_have_count(1)
    visitor.page.locator(".when a").click()
    expect(visitor.page.get_by_text(record.alert.id)).to_be_visible()


def test_alert_is_acknowledged_by_keyboard(visitor: Visitor, records: RecordStore) -> None:
    """No mouse is needed, and the history says who did it."""
    record = kept(records)
    visitor.open(f"/console/alerts/{record.alert.id}")
    visitor.page.get_by_role("button", name="Acknowledge").focus()
    visitor.page.keyboard.press("Enter")

    expect(visitor.page.get_by_role("status")).to_have_text("Acknowledged.")
    expect(visitor.page.locator(".history li").last).to_contain_text("root")
    expect(visitor.page).not_to_have_url(re.compile("done="))
    assert [event.action for event in records.history(record.alert.id)] == [Action.ACKNOWLEDGE]


def test_several_alerts_are_resolved_at_once(visitor: Visitor, records: RecordStore) -> None:
    """One box ticks all; the number is told; what was done is told."""
    for _ in range(3):
        kept(records, caller="bulk")
    visitor.open("/console/alerts?caller=bulk")
    visitor.page.get_by_label("Choose all on this page").check()
    expect(visitor.page.get_by_text("Chosen: 3")).to_be_visible()
    visitor.page.get_by_role("button", name="Resolve").click()

    expect(visitor.page.get_by_role("status")).to_contain_text("Resolved. 3 alerts.")
    expect(visitor.page.locator(".state.resolved")).to_have_count(3)


def test_console_works_without_script(browser: Browser, address: str, records: RecordStore) -> None:
    """Ticking, acting and being told need no script; what does need it is not there."""
    for _ in range(2):
        kept(records, caller="no-script")
    with visit(browser, address, locale="en-GB", java_script_enabled=False) as visitor:
        visitor.sign_in()
        visitor.open("/console/alerts?caller=no-script")
        expect(visitor.page.get_by_label("Choose all on this page")).to_be_hidden()
        visitor.page.locator("input[name=alert]").first.check()
        visitor.page.get_by_role("button", name="Acknowledge").click()

        expect(visitor.page.get_by_role("status")).to_contain_text("Acknowledged. 1 alert.")
        expect(visitor.page.locator(".state.open")).to_have_count(1)


def test_payload_is_tried(visitor: Visitor) -> None:
    """What is found is marked in the payload."""
    visitor.open("/console/try")
    visitor.page.get_by_label("Payload (JSON)").fill('{"to": "jane.roe@example.com"}')
    visitor.page.get_by_role("button", name="Scan").click()

    expect(visitor.page.get_by_role("heading", name="1 finding")).to_be_focused()
    expect(visitor.page.locator("mark")).to_contain_text("jane.roe@example.com")
    assert visitor.violations() == ""


def test_overview_stays_current(visitor: Visitor, records: RecordStore) -> None:
    """A new alert is counted without a reload, and told to those who cannot see it."""
    visitor.page.clock.install()
    visitor.open("/console/")
    before = int(visitor.page.locator("#live-tiles .figure").first.inner_text())
    visitor.page.get_by_text("Show as a table").click()
    kept(records)
    with visitor.page.expect_response("**/console/live*"):
        visitor.page.clock.run_for(6_000)

    expect(visitor.page.locator("#live-tiles .figure").first).to_have_text(str(before + 1))
    expect(visitor.page.get_by_role("status")).to_have_text(f"{before + 1} open alerts")
    expect(visitor.page.locator("#chart-table")).to_have_attribute("open", "")
