"""Puts the fetched front-end files where Buddy and the simulator serve them, and draws the icon sprite.

Run by `make` after `npm ci`. A page asks for an icon as `<use href="…/vendor/icons.svg#i-check">`; frontend/icons.txt
names the icons, one a line, as Tabler does.
"""

import re
import shutil
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
MODULES = ROOT / "node_modules"
ICONS = MODULES / "@tabler/icons/icons/outline"
FILES = {
    "tabler.min.css": MODULES / "@tabler/core/dist/css/tabler.min.css",
    "tabler.min.js": MODULES / "@tabler/core/dist/js/tabler.min.js",
    "chart.umd.min.js": MODULES / "chart.js/dist/chart.umd.min.js",
    "sortable.min.js": MODULES / "sortablejs/Sortable.min.js",
}
BUDDY = ROOT / "buddy/web/static/vendor"
SIMULATOR = ROOT / "simulator/static/vendor"


def symbol(name: str) -> str:
    """One icon of the sprite: Tabler's drawing without size, width and colour of its strokes, which the CSS gives."""
    path = ICONS / f"{name}.svg"
    if not path.exists():
        sys.exit(f"frontend/icons.txt names {name!r}, and @tabler/icons has no such icon.")
    drawing = re.sub(r"</?svg[^>]*>", "", path.read_text())
    strokes = re.sub(r'<path stroke="none"[^>]*/>', "", drawing)
    return (
        f'<symbol id="i-{name}" viewBox="0 0 24 24" stroke-linecap="round" stroke-linejoin="round">'
        f"{re.sub(r'\s+', ' ', strokes).strip()}</symbol>"
    )


def sprite() -> str:
    names = sorted(set((ROOT / "frontend/icons.txt").read_text().split()))
    symbols = "\n".join(map(symbol, names))
    return f'<svg xmlns="http://www.w3.org/2000/svg">\n{symbols}\n</svg>\n'


def main() -> None:
    icons = sprite()
    for folder in (BUDDY, SIMULATOR):
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        for name, source in FILES.items():
            # The maps are not served, and naming them would fail the hashing of file names.
            (folder / name).write_text(re.sub(r"/[/*]# sourceMappingURL=\S+( \*/)?", "", source.read_text()))
        (folder / "icons.svg").write_text(icons)
    shutil.copy(ROOT / "buddy/web/static/buddy.css", SIMULATOR)


if __name__ == "__main__":
    main()
