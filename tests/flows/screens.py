"""`python -m tests.flows.screens [FOLDER]`: photographs every page with the demo's data, wide, on a phone, and dark.

For a person to look at; nothing is compared. The folder (screens/) is not kept in git.
"""

import os
import sys
import tempfile
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

from tests.flows import looks
from tests.flows.furnishing import View, furnish, views
from tests.flows.person import Person
from tests.flows.processes import running

SHOTS = {"wide": ("wide", "light"), "dark": ("wide", "dark"), "phone": ("phone", "light")}


def main(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    chromium = os.environ.get("CHROMIUM", "/usr/bin/chromium")
    with (
        tempfile.TemporaryDirectory() as scratch,
        running(Path(scratch)) as stack,
        sync_playwright() as playwright,
    ):
        path = chromium if Path(chromium).exists() else None
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        june = Person(browser.new_page(viewport=looks.SCREENS["wide"]), stack.url)
        shoot(june, View("sign-in", "/account/login/"), folder)
        company = furnish(stack, june.page, "june@larkspur.example")
        for view in views(june):
            shoot(june, view, folder)
        company.do("revoke")
        june.sync()
        june.open("/settings/integrations/")
        june.until(june.card.locator(".b-pill.is-bad"))
        for view in (View("reconnect", "/settings/integrations/"), View("reconnect-dashboard", "/")):
            shoot(june, view, folder)
        browser.close()


def shoot(june: Person, view: View, folder: Path) -> None:
    june.open(view.path)
    view.do(june)
    for name, (screen, theme) in SHOTS.items():
        june.page.set_viewport_size(looks.SCREENS[screen])
        june.page.emulate_media(color_scheme=theme, reduced_motion="reduce")  # type: ignore[arg-type]
        take(june.page, folder / f"{view.name}-{name}.png")
    june.page.set_viewport_size(looks.SCREENS["wide"])


def take(page: Page, path: Path) -> None:
    page.screenshot(path=path, full_page=not page.get_by_role("dialog").count())


if __name__ == "__main__":
    main(Path(sys.argv[1] if len(sys.argv) > 1 else "screens"))
