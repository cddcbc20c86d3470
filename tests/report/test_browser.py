"""Reports in Chromium: what people see and do. `.ci/browser` runs it; skipped without playwright (a package) or chromium."""

from __future__ import annotations

import os
import shutil
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from pysysdig.events.build import event
from pysysdig.report.alerts import AlertLog, Place
from pysysdig.report.comparison import compared
from pysysdig.report.document import About, document
from pysysdig.report.page import page as made_page
from pysysdig.rules.engine import active_rules
from pysysdig.rules.load import RuleText, load_rules
from pysysdig.rules.model import PRIORITIES
from pysysdig.scap.build import write_capture
from pysysdig.state.snapshot import Snapshot
from pysysdig.viewer.answers import Answers, Served
from pysysdig.viewer.server import Server
from pysysdig.workbench.explain import Explainer
from tests.cli.test_reporting import RULE
from tests.conftest import Call
from tests.report.made import data_of, document_of, seen_by_rules
from tests.report.test_alerts import alert

pytestmark = pytest.mark.xdist_group("browser")
CHROMIUM = os.environ.get("CHROMIUM") or shutil.which("chromium")
EVIL = '</script><img src=x onerror="document.title=1">\x1b]0;x\x07\x9b\xe2\x80\xae[red]\n\'"\\\xff' + "A" * 3000


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    sync_api = pytest.importorskip("playwright.sync_api", reason="the package playwright is not installed")
    if not CHROMIUM:
        pytest.skip("there is no chromium")
    with sync_api.sync_playwright() as play:
        opened = play.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"] if os.geteuid() == 0 else [])
        yield opened
        opened.close()


class Page:
    """A page that is shown; at the end there must be no complaint and no request."""

    def __init__(self, browser: Any, path: Path | str, **options: Any) -> None:
        self.said: list[str] = []
        self.asked: list[str] = []
        self.view = browser.new_page(**options)
        self.view.on("console", lambda message: self.said.append(message.text))
        self.view.on("pageerror", lambda error: self.said.append(str(error)))
        self.view.on("request", lambda request: self.asked.append(request.url))
        self.view.goto(path if isinstance(path, str) else path.resolve().as_uri())
        self.view.wait_for_selector("body[data-ready]", timeout=120_000)

    def text(self, selector: str) -> str:
        return str(self.view.text_content(selector))

    def close(self, path: Path) -> None:
        assert self.said == []
        assert self.asked == [path.resolve().as_uri()]
        self.view.close()


@pytest.fixture(scope="module")
def demo(root: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("report") / "demo.html"
    path.write_bytes(made_page(document_of(root / "captures" / "demo.scap")))
    return path


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", [420, 1280, 2000])
def test_it_is_drawn_and_fits(browser: Any, demo: Path, width: int, theme: str) -> None:
    shown = Page(browser, demo, viewport={"width": width, "height": 800}, color_scheme=theme)
    assert shown.view.locator(".uplot canvas").count() >= 3
    assert shown.view.evaluate("document.documentElement.scrollWidth") <= width
    background = shown.view.evaluate("getComputedStyle(document.body).backgroundColor")
    assert background == ("rgb(13, 17, 23)" if theme == "dark" else "rgb(255, 255, 255)")
    shown.close(demo)


def test_a_brush_gives_a_filter_that_counts_what_the_table_says(root: Path, call_cli: Call, browser: Any, demo: Path) -> None:
    capture = str(root / "captures" / "demo.scap")
    shown = Page(browser, demo, viewport={"width": 1280, "height": 900})
    view = shown.view
    box = view.locator(".u-over").first.bounding_box()
    view.mouse.move(box["x"] + box["width"] * 0.2, box["y"] + 20)
    view.mouse.down()
    view.mouse.move(box["x"] + box["width"] * 0.7, box["y"] + 30, steps=5)
    view.mouse.up()
    chosen = shown.text("#filter")
    assert chosen.startswith("evt.rawtime>=") and " and evt.rawtime<" in chosen
    assert view.url.partition("#t=")[2]
    width = view.locator(".u-select").first.bounding_box()["width"] / box["width"]
    view.set_viewport_size({"width": 700, "height": 900})
    view.wait_for_timeout(300)
    narrow = view.locator(".u-over").first.bounding_box()
    assert narrow["width"] < box["width"]
    marked = view.locator(".u-select").first.bounding_box()
    assert marked["width"] / narrow["width"] == pytest.approx(width, abs=0.02)
    view.get_by_role("tab", name="Errors").click()
    rows = {row[1]: int(row[0]) for row in view.evaluate(_CELLS)}
    assert rows
    for error, count in rows.items():
        result = call_cli("-r", capture, f"{chosen} and evt.res={error}")
        assert len(result.stdout.splitlines()) == count
    view.get_by_role("button", name="Clear").click()
    assert shown.text("#filter") == "everything"
    shown.close(demo)


_CELLS = "[...document.querySelectorAll('#grid tbody tr')].map(r => [...r.cells].map(c => c.title))"


def test_sorting_finding_and_choosing(root: Path, call_cli: Call, browser: Any, demo: Path) -> None:
    shown = Page(browser, demo)
    view = shown.view
    view.get_by_role("tab", name="Files").click()
    view.locator("#grid th button").first.click()
    column = [int(row[0]) for row in view.evaluate(_CELLS)]
    assert column == sorted(column, reverse=True) and column[0] > column[-1]
    assert view.locator("#grid th").first.get_attribute("aria-sort") == "descending"
    view.locator("#grid th button").first.click()
    assert [int(row[0]) for row in view.evaluate(_CELLS)] == sorted(column)
    view.fill("#find", "libc")
    assert all("libc" in row[-1] for row in view.evaluate(_CELLS))
    view.locator("#grid tbody tr").first.click()
    chosen = shown.text("#filter")
    assert "fd.name=" in chosen
    assert call_cli("-r", str(root / "captures" / "demo.scap"), chosen).stdout
    shown.close(demo)


def test_keys_alone(browser: Any, demo: Path) -> None:
    shown = Page(browser, demo)
    view = shown.view
    view.locator(".u-over").first.focus()
    view.keyboard.press("ArrowRight")
    first = shown.text("#filter")
    assert first.startswith("evt.rawtime<")
    view.keyboard.press("Shift+ArrowRight")
    assert shown.text("#filter") != first
    view.keyboard.press("Escape")
    assert shown.text("#filter") == "everything"
    view.locator('[role=tab][aria-selected="true"]').focus()
    view.keyboard.press("ArrowRight")
    assert view.get_by_role("tab", name="Files").get_attribute("aria-selected") == "true"
    view.locator("#grid tbody tr").first.focus()
    view.keyboard.press("ArrowDown")
    view.keyboard.press("Enter")
    assert "fd.name=" in shown.text("#filter")
    shown.close(demo)


def test_the_tree_of_processes_gives_filters(root: Path, call_cli: Call, browser: Any, demo: Path) -> None:
    shown = Page(browser, demo)
    view = shown.view
    rows = view.locator("#processes tbody tr")
    assert rows.count() > 5
    busiest = max(range(rows.count()), key=lambda i: float(rows.nth(i).locator("td").nth(2).inner_text().rstrip("K")))
    rows.nth(busiest).click()
    assert rows.nth(busiest).get_attribute("aria-selected") == "true"
    chosen = shown.text("#filter")
    assert chosen == f"proc.pid={rows.nth(busiest).locator('td').first.inner_text()}"
    view.keyboard.press("Enter")
    assert call_cli("-r", str(root / "captures" / "demo.scap"), chosen).stdout
    rows.first.focus()
    view.keyboard.press("ArrowDown")
    view.keyboard.press("Enter")
    assert shown.text("#filter").startswith("proc.pid=")
    shown.close(demo)


def test_long_trees_are_drawn_as_they_are_scrolled(root: Path, browser: Any, tmp_path: Path) -> None:
    made = document_of(root / "captures" / "demo.scap")
    rows = [[pid, 0, "x", f"x {pid}", None, None, None, 1] for pid in range(1000)]
    out = tmp_path / "long.html"
    out.write_bytes(made_page(made | {"processes": made["processes"] | {"rows": rows}}))
    shown = Page(browser, out)
    lines = shown.view.locator("#processes tbody tr")
    first = lines.count()
    assert 20 < first < len(rows)
    lines.last.focus()
    shown.view.keyboard.press("ArrowDown")
    shown.view.keyboard.press("Enter")
    assert shown.text("#filter") == f"proc.pid={first}"
    while lines.count() < len(rows):
        before = lines.count()
        lines.last.scroll_into_view_if_needed()
        lines.nth(before).wait_for(state="attached")
    shown.close(out)


def test_two_captures(root: Path, browser: Any, tmp_path: Path) -> None:
    data, other = (data_of(root / "captures" / name) for name in ("demo.scap", "udp.scap"))
    out = tmp_path / "two.html"
    out.write_bytes(made_page(document(About("a", "box", "", "c", []), data | {"compared": compared(data, other, EVIL)})))
    shown = Page(browser, out)
    rows = shown.view.locator("#compared tbody tr")
    assert rows.count() == len(compared(data, other, "b")["rows"])
    assert rows.get_by_text("only here").count() and rows.get_by_text("only there").count()
    assert shown.view.locator("img").count() == 0
    shown.close(out)


def test_it_prints(browser: Any, demo: Path) -> None:
    shown = Page(browser, demo)
    shown.view.emulate_media(media="print")
    assert not shown.view.locator("#bar").is_visible() and not shown.view.locator("#theme").is_visible()
    assert shown.view.locator("#tiles").is_visible() and shown.view.locator("#grid").is_visible()
    assert len(shown.view.pdf()) > 10_000
    shown.close(demo)


def test_without_scripts_there_are_the_numbers(browser: Any, demo: Path) -> None:
    context = browser.new_context(java_script_enabled=False)
    view = context.new_page()
    view.goto(demo.as_uri())
    assert "Executed commands" in view.inner_text("main")
    context.close()


def test_names_in_a_trace_do_nothing(browser: Any, tmp_path: Path, call_cli: Call) -> None:
    names = [EVIL, f"/tmp/{EVIL[:60]}", "/tmp/\xff\xfe", "/tmp/a\nb", "/tmp/$(touch x)`id`;'"]
    start = 1_700_000_000_000_000_000
    events = [event("SYSCALL_OPENAT_2_X", start + i * 1000, 100, [5, -100, name, 1, 0, 0, 0]) for i, name in enumerate(names)]
    path, out = write_capture(tmp_path / "evil.scap", Snapshot(), events), tmp_path / "evil.html"
    data = data_of(path)
    log = AlertLog(1)
    log.add([(alert(start, EVIL, EVIL), Place(100, 7))])
    out.write_bytes(made_page(document(About(EVIL, EVIL, "", EVIL, []), data, log.data(data["line"]))))
    shown = Page(browser, out)
    view = shown.view
    assert view.title().startswith("</script>")
    assert view.locator("img").count() == 0
    assert "\x1b" not in view.content() and "\u202e" not in view.content()
    view.get_by_role("tab", name="Files").click()
    rows = view.locator("#grid tbody tr")
    assert rows.count() == len(names)
    for i in range(rows.count()):
        rows.nth(i).click()
        result = call_cli("-r", str(path), "-p", "%evt.num", shown.text("#filter"))
        assert (result.returncode, len(result.stdout.splitlines())) == (0, 1), result.stderr
    view.locator("#rules summary").click()
    assert view.locator("img").count() == 0
    shown.close(out)


def test_a_served_page_asks_for_more(root: Path, call_cli: Call, browser: Any) -> None:
    capture = root / "captures" / "demo.scap"
    loaded = load_rules([RuleText("r.yaml", RULE.encode())])
    explainer = Explainer(loaded, active_rules(loaded.rules, len(PRIORITIES)))
    number = seen_by_rules(capture, "evt.type=openat and fd.name startswith /etc")[-1]
    made = document_of(capture)
    log = AlertLog(1)
    log.add([(alert(int(made["line"]["origin"]), "Opened"), Place(1, number))])
    content = made_page(made | {"alerts": log.data(made["line"]), "explains": True}, served=True)
    server = Server(Answers([Served(str(capture), content)], explainer))
    thread = threading.Thread(target=server.serve, daemon=True)
    thread.start()
    shown = Page(browser, server.url)
    view = shown.view
    view.get_by_role("tab", name="Files").click()
    view.locator("#grid tbody tr").first.click()
    wanted = call_cli("-r", str(capture), shown.text("#filter")).stdout.splitlines()
    view.get_by_role("button", name="Events of the filter").click()
    view.wait_for_selector("#events:not([hidden])", timeout=60_000)
    lines = shown.text("#events").splitlines()
    assert [line.split()[0] for line in lines] == [line.split()[0].decode() for line in wanted[:200]]
    view.get_by_role("button", name="This table for the filter").click()
    view.locator("#count", has_text="of the filter").wait_for(timeout=60_000)
    assert view.locator("#grid tbody tr").count() == 1
    view.locator("#rules summary").click()
    view.get_by_role("button", name="Explain").click()
    view.wait_for_selector("#rules pre", timeout=60_000)
    assert f"event {number} " in shown.text("#rules pre")
    assert shown.said == []
    assert {url.partition("?")[0] for url in shown.asked} == {
        f"http://127.0.0.1:{server.port}/{name}" for name in ("", "events", "table", "explain")
    }
    view.close()
    server.close()
    thread.join()
    server.release()
