"""Pictures of a report for docs/, taken by Chromium: `python tools/screenshots.py REPORT.html FOLDER [WIDTH ...]`.

Needs the package playwright and the program chromium. Prints what the page had to complain of.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

CHROMIUM = os.environ.get("CHROMIUM", "/usr/bin/chromium")


def main(page: str, folder: str, *widths: str) -> int:
    """One picture a width and theme."""
    from playwright.sync_api import sync_playwright

    said: list[str] = []
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"] if os.geteuid() == 0 else [])
        for width in map(int, widths or ("420", "1280", "2000")):
            for theme in ("light", "dark"):
                view = browser.new_page(viewport={"width": width, "height": 900}, color_scheme=theme)
                view.on("console", lambda message: said.append(message.text))
                view.on("pageerror", lambda error: said.append(str(error)))
                view.goto(Path(page).resolve().as_uri())
                view.wait_for_selector("body[data-ready]", timeout=60_000)
                drawn, ready = (view.get_attribute("body", f"data-{what}") for what in ("drawn", "ready"))
                said.append(f"{width} {theme}: drawn after {drawn} ms, all of it after {ready} ms")
                view.locator(".u-over").first.scroll_into_view_if_needed()
                box = view.locator(".u-over").first.bounding_box()
                if box is not None:  # a brush, to see one
                    view.mouse.move(box["x"] + box["width"] * 0.65, box["y"] + 20)
                    view.mouse.down()
                    view.mouse.move(box["x"] + box["width"] * 0.9, box["y"] + 20, steps=4)
                    view.mouse.up()
                if view.locator("#rules summary").count():
                    view.locator("#rules summary").first.click()
                view.evaluate("scrollTo(0, 0)")
                view.screenshot(path=f"{folder}/report-{width}-{theme}.png", full_page=True)
                view.close()
        browser.close()
    print("\n".join(said))
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
