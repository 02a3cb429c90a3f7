"""The icons that pages ask for are in the sprite that set-up draws."""

import re
from pathlib import Path

ROOT = Path(__file__).parent.parent
ASKED = re.compile(r"""(?<!\.)\bicon(?:\s+|\(|=)["']([a-z0-9-]+)["']|#i-([a-z0-9-]+)""")
ROOMS = (ROOT / "buddy", ROOT / "simulator")


def test_every_icon_a_page_names_is_in_the_sprite() -> None:
    listed = set((ROOT / "frontend/icons.txt").read_text().split())
    pages = [path for room in ROOMS for kind in ("*.html", "*.py") for path in room.rglob(kind)]
    asked = {"".join(match): path for path in pages for match in ASKED.findall(path.read_text())}
    assert len(asked) > 20
    assert {name: str(path.relative_to(ROOT)) for name, path in asked.items() if name not in listed} == {}
