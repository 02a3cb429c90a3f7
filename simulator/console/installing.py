"""Puts the console's pages, and what their templates use, into the simulator's Flask application."""

import secrets

from flask import Flask

from simulator.console import company_tab, customers, documents, listed, payments, removal, trouble  # noqa: F401, routes
from simulator.console.companies import companies
from simulator.console.pages import guard, icon
from simulator.console.shell import console


def install(flask: Flask) -> None:
    """Register the console under /console/ and the deep links under /app/."""
    flask.secret_key = secrets.token_bytes(32)  # signs the message of the last act on its way to the next page
    flask.config["SESSION_COOKIE_NAME"] = "simulator"
    flask.config["SESSION_COOKIE_SAMESITE"] = "Lax"
    flask.jinja_env.trim_blocks = flask.jinja_env.lstrip_blocks = True
    flask.jinja_env.globals["icon"] = icon
    for blueprint in (companies, console):
        flask.register_blueprint(blueprint)


for _pages in (companies, console):
    _pages.after_request(guard)
