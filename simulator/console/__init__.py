"""The bookkeeper's console: pages by which a person keeps the books of a practice company, beside the API.

`shell` is what all pages share; a module per kind of record has its pages; `forms`, `listing`, `wording` and `states`
know nothing of Flask.
"""

from simulator.console.installing import install

__all__ = ["install"]
