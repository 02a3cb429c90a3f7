"""What a page must never show: barriers, a policy broken, or something wider than its screen."""

import time

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, ViewportSize

SCREENS: dict[str, ViewportSize] = {"wide": {"width": 1280, "height": 900}, "phone": {"width": 390, "height": 844}}
NARROW: ViewportSize = {"width": 320, "height": 640}
THEMES = ("light", "dark")


def barriers(page: Page) -> list[str]:
    """What axe finds on this page as it stands: wide and on a phone, light and dark; and at 320 px, sideways."""
    found = []
    for screen, size in SCREENS.items():
        page.set_viewport_size(size)
        for theme in THEMES:
            page.emulate_media(color_scheme=theme, reduced_motion="reduce")  # type: ignore[arg-type]
            assert comes_true(page, "theme => document.documentElement?.dataset.bsTheme === theme", theme, seconds=20)
            violations = Axe().run(page).response["violations"]
            found += [f"{screen}, {theme}: {each['id']} {each['nodes'][0]['target']}" for each in violations]
        found += [f"{screen}: scrolls sideways"] if scrolls_sideways(page) else []
    page.set_viewport_size(NARROW)
    found += ["at 320 px: scrolls sideways"] if scrolls_sideways(page) else []
    page.set_viewport_size(SCREENS["wide"])
    return found


def scrolls_sideways(page: Page) -> bool:
    """Still, once open menus have found their new place after a change of size."""
    return not comes_true(page, "() => document.documentElement.scrollWidth <= document.documentElement.clientWidth")


def comes_true(page: Page, question: str, about: str = "", *, seconds: float = 5) -> bool:
    """Whether the page says yes before the time is over.

    Asked from here again and again: Playwright's own waiting asks by `eval` within the page, which its policy forbids
    unless the first answer is yes already.
    """
    deadline = time.monotonic() + seconds
    while not page.evaluate(question, about):
        if time.monotonic() > deadline:
            return False
        page.wait_for_timeout(50)
    return True
