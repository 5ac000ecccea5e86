"""The console in a real browser: it works, runs nothing of what callers wrote, and all can use it.

A breach of the page's policy or an error in its script fails whichever test it happens in.
"""

import re
from collections.abc import Iterator
from itertools import product
from typing import Literal

import pytest
from flask import Flask
from playwright.sync_api import Browser, StorageState, expect

from alerting.alert import Alert
from alerting.finding import Finding
from alerting.records.record import Action, Filter, Record, Severity
from alerting.records.store import RecordStore
from flaskapp import create_app
from flaskapp.services import EXTENSION, Services
from flaskapp.settings import WebSettings
from tasks.memory import InMemoryQueue
from tests.flaskapp.conftest import tokens
from tests.flaskapp.console.browser import PROGRAM, Visitor, launched, served, visit
from tests.flaskapp.console.seeds import add, record_of, seed

# A browser that has gone leaves the server of these tests with an open file.
pytestmark = pytest.mark.filterwarnings("ignore:.*favicon:pytest.PytestUnraisableExceptionWarning")

if PROGRAM is None:
    pytest.skip("There is no Chromium on this machine", allow_module_level=True)

SCHEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")
HOSTILE = "<img src=x onerror=alert(1)>'\"><script>alert(2)</script>{{7*7}}<!--"


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flask]:
    """Return a gateway with alerts of a month."""
    home = tmp_path_factory.mktemp("console")
    (home / "error_reports").mkdir()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PIIGATE_HOME", str(home))
        settings = WebSettings.load(api_tokens=tokens(), secret_key="a key for tests only")
        queue = InMemoryQueue()
        made = create_app(settings, queue=queue, overview=queue)
        seed(store_of(made), count=20)
        yield made


def store_of(app: Flask) -> RecordStore:
    """Return the store behind the console."""
    gate: Services = app.extensions[EXTENSION]
    return gate.records


@pytest.fixture(scope="module")
def records(app: Flask) -> RecordStore:
    """Return the store behind the console."""
    return store_of(app)


@pytest.fixture(scope="module")
def address(app: Flask) -> Iterator[str]:
    """Serve the gateway."""
    with served(app) as port:
        yield f"http://127.0.0.1:{port}"


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Run one browser for all tests."""
    with launched() as browser:
        yield browser


@pytest.fixture(scope="module")
def session(browser: Browser, address: str) -> Iterator[StorageState]:
    """Return what a window keeps in which an administrator has signed in."""
    with visit(browser, address, locale="en-GB") as visitor:
        visitor.sign_in()
        yield visitor.page.context.storage_state()


@pytest.fixture
def visitor(browser: Browser, address: str, session: StorageState) -> Iterator[Visitor]:
    """Open a window in which an administrator is signed in."""
    with visit(browser, address, locale="en-GB", storage_state=session) as visitor:
        yield visitor


def kept(records: RecordStore, *, caller: str = "shop") -> Record:
    """Keep one more alert."""
    record = record_of({"contact": "jane.roe@example.com"}, caller=caller)
    add(records, [record])
    return record


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


def test_keyboard_skips_the_head_of_a_page(visitor: Visitor) -> None:
    """The first key leads past the navigation."""
    visitor.open("/console/alerts")
    visitor.page.keyboard.press("Tab")
    expect(visitor.page.get_by_text("Skip to the content")).to_be_in_viewport()
    visitor.page.keyboard.press("Enter")

    expect(visitor.page.locator("main")).to_be_focused()


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
