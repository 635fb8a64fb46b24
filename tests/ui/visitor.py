"""Visits to pages, each as one of the users, and what goes wrong in them."""

from __future__ import annotations

from urllib.parse import urlencode, urlsplit

from playwright.sync_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Dialog,
    FrameLocator,
    Locator,
    Page,
    Request,
    WebError,
)

COOKIE = "_token"
# Milliseconds; a machine that runs other things as well may be slow.
TIMEOUT = 60_000.0
CSP_MARK = "Content-Security-Policy:"
# Whatever frame it is in: Airflow's own pages have no such policy.
TELL_OF_VIOLATIONS = f"""
document.addEventListener("securitypolicyviolation", (event) =>
  console.error("{CSP_MARK}", event.violatedDirective, event.blockedURI, event.sample));
"""


def log_in(browser: Browser, base: str, user: str, password: str) -> str:
    """Log in as a person does.

    :return: the session's token
    """
    context = browser.new_context()
    page = context.new_page()
    page.set_default_timeout(TIMEOUT)
    page.goto(f"{base}/")
    page.get_by_label("Username").fill(user)
    page.get_by_label("Password").fill(password)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url(f"{base}/")
    (token,) = (cookie["value"] for cookie in context.cookies() if cookie["name"] == COOKIE)
    context.close()
    return token


class Visitor:
    """Opens pages, each in a browser's profile of its own, and notes what goes wrong in those of the bridge.

    :param browser: the browser
    :param base: Airflow's address
    :param sessions: the session token of each user

    ``problems`` are what went wrong, ``asked`` the addresses that were asked for, and ``answers`` those that
    answered, each with the status.
    """

    def __init__(self, browser: Browser, base: str, sessions: dict[str, str]) -> None:
        self.base = base
        self.problems: list[str] = []
        self.asked: list[str] = []
        self.answers: list[tuple[str, int]] = []
        self._browser = browser
        self._sessions = sessions
        self._contexts: list[BrowserContext] = []

    def open(
        self,
        path: str,
        user: str = "viewer",
        *,
        theme: str = "light",
        width: int = 1400,
        clock: bool = False,
    ) -> Page:
        """Open a page.

        :param path: below Airflow's address, with its query
        :param user: who is logged in
        :param theme: ``light`` or ``dark``, as Airflow remembers it
        :param width: of the window, in pixels
        :param clock: whether the test may turn the page's clock on
        """
        context = self._browser.new_context(viewport={"width": width, "height": 900})
        self._contexts.append(context)
        context.add_cookies([{"name": COOKIE, "value": self._sessions[user], "url": f"{self.base}/"}])
        context.add_init_script(TELL_OF_VIOLATIONS)
        context.add_init_script(f"localStorage.theme ??= '{theme}'")
        context.on("console", self._on_console)
        context.on("weberror", self._on_error)
        context.on("dialog", self._on_dialog)
        context.on("request", self._on_request)
        context.on("response", lambda answer: self.answers.append((answer.url, answer.status)))
        context.on("requestfailed", self._on_failure)
        context.set_default_timeout(TIMEOUT)
        page = context.new_page()
        if clock:
            page.clock.install()
        page.goto(f"{self.base}{path}")
        return page

    def close(self) -> None:
        """Close all pages."""
        for context in self._contexts:
            context.close()

    def _is_ours(self, url: str) -> bool:
        return url.startswith(f"{self.base}/luigi/")

    def _on_console(self, message: ConsoleMessage) -> None:
        ours = self._is_ours(message.location["url"]) or CSP_MARK in message.text
        if ours and message.type == "error":
            self.problems.append(f"console: {message.text}")

    def _on_error(self, error: WebError) -> None:
        if f"{self.base}/luigi/" in (error.error.stack or ""):
            self.problems.append(f"error: {error.error}")

    def _on_dialog(self, dialog: Dialog) -> None:
        self.problems.append(f"dialog: {dialog.message}")
        dialog.dismiss()

    def _on_request(self, request: Request) -> None:
        if urlsplit(request.url).scheme not in ("data", "blob") and not request.url.startswith(self.base):
            self.problems.append(f"request to {request.url}")
        self.asked.append(request.url)

    def _on_failure(self, request: Request) -> None:
        # A page that is left, or that asks anew, breaks off what it has asked for.
        if self._is_ours(request.url) and request.failure != "net::ERR_ABORTED":
            self.problems.append(f"failed: {request.url} ({request.failure})")


def frame(page: Page) -> FrameLocator:
    """Give the frame in a page of Airflow's that a page of the bridge is in."""
    return page.frame_locator("iframe[title=Luigi]")


def wait_for_text(place: Page | Locator | FrameLocator, text: str) -> None:
    """Wait until a text can be seen; a list of choices may hold it as well."""
    place.get_by_text(text).filter(visible=True).first.wait_for()


def build_path(dag_id: str, run_id: str, task_id: str | None = None) -> str:
    """Give the path of the page on a build."""
    query = {"dag_id": dag_id, "run_id": run_id, **({"task_id": task_id} if task_id else {})}
    return f"/luigi/build?{urlencode(query)}"
