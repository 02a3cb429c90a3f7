"""Write the page: `python -m tests.simulator.rules`."""

from tests.simulator.rules import page

page.PAGE.write_text(page.text(), encoding="utf-8")
