"""Pages in a browser: with scripts off, in both themes, on small screens, and by keyboard."""

from __future__ import annotations

import re
import shutil
import socket
import threading
import time
from contextlib import contextmanager

import pytest
import uvicorn

from attending import shapes
from attending.console.app import build
from attending.lake.aggregates import open_tables
from attending.loops.system.checks import Given, look_into
from attending.loops.system.people import Voice, declare
from attending.spec.data.checks import Checks
from attending.spec.people import PeopleDeclared
from attending.spec.person import ROLES
from attending.wiring import open_books

sync_api = pytest.importorskip("playwright.sync_api", reason="playwright is absent")
axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="axe is absent")

CHROMIUM = shutil.which("chromium") or shutil.which("google-chrome")
QUIET = (
    "--no-sandbox", "--disable-gpu", "--disable-background-networking",
    "--disable-component-update", "--disable-sync", "--no-first-run",
)  # fmt: skip
PATHS = [
    "/",
    "/use-cases",
    "/use-cases/watch_alert",
    "/rollouts/watch_alert",
    "/gates/watch_alert/east",
    "/gates/watch_alert/west?as_of=10",
    "/audit",
    "/facts/9",
    "/committee",
    "/incidents",
    "/people",
    *("/rulebooks", "/rulebooks/watch_alert"),
    *("/evidence", "/intake", "/access", "/keys"),
    *("/quality", "/sources", "/lineage", "/terms"),
    *("/portfolio", "/portfolio/watch_alert"),
    "/orders/watch_alert/suspend?scope=west",
    "/orders/watch_alert/lift?scope=east",
]
ORDERS = [f"/orders/watch_alert/{verb}?scope=all" for verb in ("hold", "suspend", "resume", "lift")]
OF_A_VENDOR = {"tools": ["watch_alert"]}
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]

pytestmark = [
    pytest.mark.skipif(CHROMIUM is None, reason="no chromium on this machine"),
    pytest.mark.timeout(300),
]


@contextmanager
def listening(parts):
    """Let a console listen, and stop it at the end."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    config = uvicorn.Config(build(parts), port=port, log_level="warning", server_header=False)
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.02)
    yield f"http://127.0.0.1:{port}"
    server.should_exit = True
    thread.join()


@pytest.fixture(scope="module")
def address(parts):
    """Give a console that listens and only reads."""
    with listening(parts) as found:
        yield found


@pytest.fixture
def live_address(live):
    """Give a console that listens over a live store, where a plan waits."""
    with listening(live.parts) as found:
        yield found


@pytest.fixture(scope="module")
def browser():
    with sync_api.sync_playwright() as playwright:
        found = playwright.chromium.launch(executable_path=CHROMIUM, args=[*QUIET])
        yield found
        found.close()


@pytest.fixture
def page(browser, address, parts):
    """Give a page that is signed in, with scripts off, as most of these tests want it."""
    context = browser.new_context(java_script_enabled=False, base_url=address)
    found = context.new_page()
    sign_in(found, parts)
    yield found
    context.close()


def sign_in(page, parts, person="chair-post", lands="/"):
    page.goto(f"/sign-in?token={parts.sessions.issue()}")
    page.fill("#person", person)
    leave_by(page, page.locator("button.primary"))
    assert page.url.endswith(lands)


def leave_by(page, found):
    """Click what leads to a page, and wait for it: the browser tells of it some time later."""
    with page.expect_navigation():
        found.click()


def at(page, place):
    """Wait for a place within the page, which loads nothing and so cannot be waited for."""
    sync_api.expect(page).to_have_url(re.compile(re.escape(place) + "$"))


def again(page):
    """Load a page anew. A reload is lost at times; with a fragment nothing would be loaded."""
    page.goto(page.url.partition("#")[0])


def violations(page, path):
    seen = axe.Axe().run(page, options={"runOnly": TAGS})
    return {
        f"{path} {found['id']}": [node["html"][:120] for node in found["nodes"][:3]]
        for found in seen.response["violations"]
    }


def test_a_page_fetches_its_own_files_and_nothing_else(page, address):
    asked, said = [], []
    page.on("request", lambda request: asked.append(request.url))
    page.on("console", lambda message: said.append(message.text))
    for path in PATHS:
        page.goto(path)

    assert all(url.startswith(address) for url in asked)
    assert not said, said


@pytest.mark.parametrize(
    ("theme", "forced"), [("light", "none"), ("dark", "none"), ("dark", "active")]
)
def test_nothing_keeps_anybody_from_using_a_page(browser, address, parts, theme, forced):
    """WCAG 2.2 AA as far as axe can see it; the engine is evaluated, the pages run nothing."""
    context = browser.new_context(base_url=address, color_scheme=theme, forced_colors=forced)
    page = context.new_page()
    sign_in(page, parts)
    found = {}
    for path in [*PATHS, "/sign-in", "/nowhere"]:
        page.goto(path)
        found |= violations(page, path)
    context.close()

    assert not found, found


@pytest.mark.parametrize("width", [320, 360, 768])
def test_a_small_screen_scrolls_one_way(page, width):
    """320 pixels is 1280 at 400 %: what is wider scrolls inside itself (WCAG 1.4.10)."""
    page.set_viewport_size({"width": width, "height": 640})
    wide = {}
    for path in PATHS:
        page.goto(path)
        box = page.locator("html").evaluate("e => [e.scrollWidth, e.clientWidth]")
        if box[0] > box[1]:
            wide[path] = box

    assert not wide


def test_a_cell_of_a_stacked_table_says_which_column_it_is_of(page):
    """On a phone the row of headings is out of sight, so each cell bears its own."""
    page.set_viewport_size({"width": 400, "height": 800})
    cells = []
    for path in PATHS:
        page.goto(path)
        cells += page.locator(".stacks tbody td").evaluate_all(
            """cells => cells.map(td => [
                td.closest("table").tHead.rows[0].cells[td.cellIndex].textContent,
                getComputedStyle(td, "::before").content])"""
        )

    assert cells
    assert not [column for column, said in cells if column not in said]


def test_the_menu_stands_on_one_line_of_an_ordinary_screen(page):
    page.set_viewport_size({"width": 1200, "height": 800})
    page.goto("/")
    box = page.locator("header.top").bounding_box()

    assert box["height"] < 80  # pixels: two lines are 90 or more


def test_a_long_name_beside_a_full_menu_is_cut_short_and_wraps_nothing(page):
    page.set_viewport_size({"width": 1200, "height": 800})
    page.goto("/")
    page.evaluate(
        """() => {
            document.querySelector(".who summary").textContent = "deputy-chief-medical-officer";
            const menu = document.querySelector("nav ul");
            if (!menu.textContent.includes("Practice")) {
                const more = menu.lastElementChild.cloneNode(true);
                more.firstElementChild.textContent = "Practice";
                menu.append(more);
            }
        }"""
    )
    assert page.locator("header.top").bounding_box()["height"] < 80
    assert page.locator(".who summary").bounding_box()["width"] >= 64  # of its name something
    assert page.evaluate("document.documentElement.scrollWidth") <= 1200


WANTED = {
    "kind": "Checks", "name": "left", "source": "feed", "table": "departures", "key": "id",
    "order": "_file_row", "order_as": "number", "site": "site", "rows_a_day": 50,
    "checks": [{"check": "once", "column": "discharge_disposition_code", "holds": ["watch_alert"]}],
}  # fmt: skip


def test_whom_a_breach_holds_is_seen_without_scrolling(browser, own_store, make_parts, tmp_path):
    rows = "id,site,discharge_disposition_code\n" + "1,teaching_hospital,x\n" * 1_200
    (tmp_path / "rows.csv").write_text(rows)
    with open_books(own_store) as books:
        table = open_tables({"departures": [tmp_path / "rows.csv"]})["departures"]
        look_into(books, shapes.convert(WANTED, Checks), Given(table))
    parts = make_parts(own_store)
    with listening(parts) as there:
        context = browser.new_context(base_url=there, viewport={"width": 1200, "height": 800})
        page = context.new_page()
        sign_in(page, parts)
        page.goto("/quality")
        boxes = page.locator(".wide").evaluate_all(
            "all => all.map(e => e.scrollWidth - e.clientWidth)"
        )
        assert page.get_by_text("not held yet").is_visible()
        context.close()

    assert boxes == [0] * len(boxes)


def test_a_page_can_be_walked_by_keyboard(page):
    page.goto("/rollouts/watch_alert")
    page.keyboard.press("Tab")
    assert page.locator(":focus").inner_text() == "Skip to the page"
    page.keyboard.press("Enter")
    at(page, "#main")
    for _ in range(60):
        page.keyboard.press("Tab")
        if page.locator(":focus").count() and page.locator(":focus").get_attribute("id") == "as_of":
            break
    else:
        pytest.fail("the last field cannot be reached by keyboard")


def test_a_mark_on_a_picture_leads_to_its_fact(page):
    page.goto("/rollouts/watch_alert")
    leave_by(page, page.locator(".picture svg a").first)

    assert "/facts/" in page.url


def test_a_session_survives_a_reload_and_ends_with_the_sign_out(page):
    again(page)
    assert page.locator("h1").inner_text() == "What needs me now?"
    page.locator("summary").first.click()
    leave_by(page, page.get_by_role("button", name="Sign out"))
    page.goto("/")
    assert "not signed in" in page.locator("h1").inner_text()


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_nothing_keeps_anybody_from_using_a_form(browser, live, live_address, theme):
    """The forms to sign, apply and order, before and after something is suspended."""
    context = browser.new_context(base_url=live_address, color_scheme=theme)
    page = context.new_page()
    sign_in(page, live.parts)
    found = {}
    page.goto("/rollouts/watch_alert")
    assert page.get_by_role("button", name="Sign", exact=True).count() == 1
    found |= violations(page, "to sign")
    live.go_live()
    live.order("suspend")
    for path in ["/", "/rollouts/watch_alert", *ORDERS]:
        page.goto(path)
        found |= violations(page, path)
    page.set_viewport_size({"width": 320, "height": 640})
    for path in ["/rollouts/watch_alert", *ORDERS]:
        page.goto(path)
        box = page.locator("html").evaluate("e => [e.scrollWidth, e.clientWidth]")
        assert box[0] <= box[1], path
    context.close()

    assert not found, found


def test_a_wave_is_signed_opened_and_suspended_with_scripts_off(browser, live, live_address):
    people = {}
    for person in ("chair-post", "cmio-post"):
        context = browser.new_context(java_script_enabled=False, base_url=live_address)
        people[person] = context.new_page()
        sign_in(people[person], live.parts, person)
        people[person].goto("/rollouts/watch_alert")
    people["cmio-post"].get_by_label("You, cmio-post, sign as").select_option("cmio")
    for each in people.values():
        leave_by(each, each.get_by_role("button", name="Sign", exact=True))
    page = people["chair-post"]
    again(page)
    page.get_by_role("button", name="Apply it now").click()
    assert live.standing.at("east").mode == "silent", "the browser asks for the tick first"
    page.get_by_label("I have read what would change").check()
    leave_by(page, page.get_by_role("button", name="Apply it now"))
    assert live.standing.at("east").mode == "live"

    live.hear("ward")
    page.get_by_label("Where").last.select_option("east")
    leave_by(page, page.get_by_role("button", name="Suspend"))
    assert "ward must read it back" in page.locator("main").inner_text().lower()
    page.get_by_role("button", name="Suspend").click()
    assert live.standing.at("east").mode == "live", "a reason is required"
    page.get_by_label("Why").fill("it misfires")
    with page.expect_navigation():
        page.get_by_label("Why").press("Enter")
    assert live.standing.at("east").mode == "suspended"
    assert "not confirmed at ward" in page.locator("#moves").inner_text()
    live.hear("ward", live.course.receipts[-1].fact.body["seq"])
    again(page)
    assert "not confirmed" not in page.locator("main").inner_text()
    for each in people.values():
        each.context.close()


@pytest.fixture
def packet(live, tmp_path):
    """Put an item before the committee, with a condition and one vote."""
    conditions = "[{id: seen_again, owner: nurse-post, due: 90 d, do: {fact: resume/1}}]"
    (tmp_path / "conditions.yaml").write_text(conditions, "utf-8")
    made = live.put("october", "--conditions", tmp_path / "conditions.yaml")
    live.meet(made, "cmio-post", choice="approve", text="the nights were never looked at")
    return made


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_nothing_keeps_anybody_from_voting(browser, live, live_address, packet, theme):
    """The committee's pages for one who may vote, one who may not, and after something changed."""
    found = {}
    for person in ("chair-post", "maker-post"):
        context = browser.new_context(base_url=live_address, color_scheme=theme)
        page = context.new_page()
        sign_in(page, live.parts, person)
        if person == "maker-post":
            live.order("hold")
        for path in ["/", "/committee", f"/committee/{packet}", "/use-cases/watch_alert"]:
            page.goto(path)
            found |= violations(page, f"{path} as {person}")
            page.set_viewport_size({"width": 320, "height": 640})
            box = page.locator("html").evaluate("e => [e.scrollWidth, e.clientWidth]")
            page.set_viewport_size({"width": 1440, "height": 900})
            assert box[0] <= box[1], path
        context.close()

    assert not found, found


def test_a_committee_decides_in_a_browser_with_scripts_off(browser, live, live_address, packet):
    people = {}
    for person in ("chair-post", "nurse-post"):
        context = browser.new_context(java_script_enabled=False, base_url=live_address)
        people[person] = context.new_page()
        sign_in(people[person], live.parts, person)
        leave_by(people[person], people[person].get_by_role("link", name="waits for your vote"))
        assert people[person].url.endswith(packet)
    nurse, page = people["nurse-post"], people["chair-post"]
    leave_by(nurse, nurse.get_by_role("button", name="Approve with these conditions"))
    page.get_by_role("button", name="Approve", exact=True).focus()
    with page.expect_navigation():
        page.keyboard.press("Enter")
    assert "3 voting members (a quorum is 2), 1 practicing" in page.locator("#votes").inner_text()
    leave_by(page, page.get_by_role("button", name="Close the item"))
    said = page.locator("#decision").inner_text()
    assert "approved" in said
    told = page.locator("main").inner_text()
    assert not re.search(r"\dT\d\d:", told), "a day is told as a date; the fact has the moment"
    assert live.standing.governed.items["watch_alert/october"].closed
    leave_by(page, page.get_by_role("link", name="Agenda"))
    assert "Nothing is open for a vote" in page.locator("main").inner_text()
    for each in people.values():
        each.context.close()


@pytest.mark.parametrize("width", [320, 1100])
def test_nothing_keeps_anybody_from_proposing_a_tool(browser, live, live_address, width, proposing):
    """The longest form there is, with what is wrong, and the page of what was proposed."""
    live.parts.intake.submit(proposing.document(), person="radiology-champion")
    context = browser.new_context(base_url=live_address, java_script_enabled=True)
    page = context.new_page()
    page.set_viewport_size({"width": width, "height": 700})
    sign_in(page, live.parts)
    found = {}
    for path in ("/intake", "/intake/report_drafting"):
        page.goto(path)
        for summary in page.locator("main summary").all():
            summary.click()
        found |= violations(page, path)
        assert page.locator("html").evaluate("e => e.scrollWidth <= e.clientWidth"), path
    page.goto("/intake")
    page.locator("#propose summary").click()
    page.fill("#f-problem", "Kept.")
    leave_by(page, page.get_by_role("button", name="Propose it"))
    found |= violations(page, "refused")
    assert page.locator("#f-problem").input_value() == "Kept."
    page.locator("#wrong a").first.click()
    at(page, "#f-proposal")
    context.close()

    assert not found, found


def as_every_role(browser, live, address, theme, roles):
    """Give what axe finds on every page as whoever holds each role, or part of it."""
    told = [
        {"person": role, "printed_name": role, "roles": [{"role": role, "from": "2020-01-01"} | of]}
        for role, of in roles.items()
    ]
    with open_books(live.parts.store) as books:
        declare(books, shapes.convert({"people": told}, PeopleDeclared), Voice("me"))
    found, answered = {}, set()
    for role in roles:
        context = browser.new_context(base_url=address, color_scheme=theme)
        page = context.new_page()
        sign_in(page, live.parts, role, lands=("/", "/use-cases"))
        for path in PATHS:
            answered.add(page.goto(path).status)
            found |= violations(page, f"{path} as {role}")
        context.close()
    assert {200, 403} <= answered, "some pages are theirs, and some are not"
    return found


def test_nothing_keeps_those_of_fewer_rights_from_using_a_page(browser, live, live_address):
    """Forms and links fall away for them, and pages are refused."""
    roles = {"admin": {}, "case_manager": {"sites": ["west"]}, "vendor": OF_A_VENDOR}
    assert not as_every_role(browser, live, live_address, "light", roles)


@pytest.mark.long
@pytest.mark.timeout(1800)  # every page as each of the roles: some hundred visits
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_nothing_keeps_anybody_in_any_role_from_using_a_page(browser, live, live_address, theme):
    every = {role: OF_A_VENDOR if role == "vendor" else {} for role in ROLES}
    assert not as_every_role(browser, live, live_address, theme, every)
