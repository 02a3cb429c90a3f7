"""What a page must never show: barriers, a policy broken, or something wider than its screen."""

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Error, Page, ViewportSize

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
            page.wait_for_function("theme => document.documentElement?.dataset.bsTheme === theme", arg=theme)
            violations = Axe().run(page).response["violations"]
            found += [f"{screen}, {theme}: {each['id']} {each['nodes'][0]['target']}" for each in violations]
        found += [f"{screen}: scrolls sideways"] if scrolls_sideways(page) else []
    page.set_viewport_size(NARROW)
    found += ["at 320 px: scrolls sideways"] if scrolls_sideways(page) else []
    page.set_viewport_size(SCREENS["wide"])
    return found


def scrolls_sideways(page: Page) -> bool:
    """Still, once open menus have found their new place after a change of size."""
    try:
        page.wait_for_function(
            "document.documentElement.scrollWidth <= document.documentElement.clientWidth", timeout=3000
        )
    except Error:
        return True
    return False
