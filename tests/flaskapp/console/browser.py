"""A browser on a console of its own, in which whatever the policy forbids is noted."""

import logging
import shutil
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from axe_playwright_python.base import AXE_SCRIPT, AxeResults
from flask import Flask
from playwright.sync_api import Browser, ConsoleMessage, Dialog, Page, expect, sync_playwright
from werkzeug.serving import make_server

from tests.flaskapp.conftest import token_of

_TIMEOUT_MS = 20_000
PROGRAM = shutil.which("chromium")
_ARGUMENTS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    # A name that is neither loopback nor HTTPS, as a gateway in a local network has.
    "--host-resolver-rules=MAP gateway.test 127.0.0.1",
)


@contextmanager
def served(app: Flask) -> Iterator[int]:
    """Serve the application on a free port of this machine."""
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield server.server_port
    server.shutdown()
    thread.join()
    server.server_close()


@contextmanager
def launched() -> Iterator[Browser]:
    """Run the browser; what is expected of it may take long on a busy machine."""
    expect.set_options(timeout=_TIMEOUT_MS)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=PROGRAM, args=[*_ARGUMENTS])
        yield browser
        browser.close()


@dataclass(frozen=True, kw_only=True)
class Visitor:
    """Somebody at a browser window, and what went wrong in it."""

    page: Page
    address: str
    faults: list[str] = field(default_factory=list)

    def open(self, path: str) -> None:
        """Go to a page of the gateway."""
        self.page.goto(self.address + path)

    def sign_in(self, name: str = "root") -> None:
        """Sign in on the login page."""
        self.open("/login")
        self.page.get_by_label("Token").fill(token_of(name))
        self.page.get_by_role("button", name="Sign in").click()
        self.page.wait_for_url("**/console/**")

    def violations(self) -> str:
        """Return what of the page is hard to use for some people, as axe-core judges it."""
        if not self.page.evaluate("'axe' in window"):
            self.page.evaluate(AXE_SCRIPT)
        found = AxeResults(self.page.evaluate("axe.run({resultTypes: ['violations']})"))
        return str(found.generate_report()) if found.violations_count else ""


@contextmanager
def visit(browser: Browser, address: str, **options: Any) -> Iterator[Visitor]:
    """Open a window of its own, with nothing kept from others."""
    context = browser.new_context(**options)
    context.set_default_timeout(_TIMEOUT_MS)
    page = context.new_page()
    visitor = Visitor(page=page, address=address)
    page.add_init_script(
        "addEventListener('securitypolicyviolation',"
        " (event) => console.error('policy', event.violatedDirective))"
    )
    page.on("console", lambda message: _note(visitor, message))
    page.on("pageerror", lambda error: visitor.faults.append(str(error)))
    page.on("dialog", lambda dialog: _refuse(visitor, dialog))
    yield visitor
    context.close()
    assert visitor.faults == []


def _refuse(visitor: Visitor, dialog: Dialog) -> None:
    visitor.faults.append("dialog")
    dialog.dismiss()


def _note(visitor: Visitor, message: ConsoleMessage) -> None:
    # A refusal that a test provokes is a failed load too.
    if message.type == "error" and "Failed to load resource" not in message.text:
        visitor.faults.append(message.text)
