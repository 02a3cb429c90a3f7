"""Settings are read in one file, fail loudly, and are all in docs/operations.md."""

import ast
import logging
import re
import runpy
import sys
from pathlib import Path
from typing import Any

import pytest
from cryptography.fernet import Fernet, MultiFernet
from django.core.exceptions import ImproperlyConfigured

ROOT = Path(__file__).parent.parent
FILE = ROOT / "buddy/settings.py"
KEY = "a-key-of-at-least-thirty-two-characters"


def variables() -> dict[str, bool]:
    """Every variable that settings.py reads: True where it may also come from a file."""
    calls = [node for node in ast.walk(ast.parse(FILE.read_text())) if isinstance(node, ast.Call)]
    readers = [call for call in calls if isinstance(call.func, ast.Name) and call.func.id.startswith("read")]
    return {
        call.args[0].value: call.func.id == "read_secret"  # type: ignore[attr-defined, misc]
        for call in readers
        if isinstance(call.args[0], ast.Constant)
    }


@pytest.fixture
def load(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Any:
    """The settings under exactly this environment."""

    def settings(**environment: str) -> dict[str, Any]:
        for name in variables():
            monkeypatch.delenv(name, raising=False)
            monkeypatch.delenv(f"{name}_FILE", raising=False)
        for name, value in ({"BUDDY_DATA": str(tmp_path), "BUDDY_SECRET_KEYS": KEY} | environment).items():
            monkeypatch.setenv(name, value)
        return runpy.run_path(str(FILE))

    return settings


def test_the_operations_page_lists_exactly_the_variables_that_are_read() -> None:
    page = (ROOT / "docs/operations.md").read_text()
    listed = dict(re.findall(r"^\| `([A-Z_]+)`( \(or `_FILE`\))?", page, re.MULTILINE))
    assert {name: bool(may_be_file) for name, may_be_file in listed.items()} == variables()


def test_no_other_module_reads_the_environment() -> None:
    readers = [path for path in (ROOT / "buddy").rglob("*.py") if re.search(r"environ\b|getenv", path.read_text())]
    assert [
        path.relative_to(ROOT).as_posix()
        for path in readers
        if 'environ.setdefault("DJANGO_SETTINGS' not in path.read_text()
    ] == ["buddy/settings.py"]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("BUDDY_SECRET_KEYS", ""),
        ("BUDDY_SECRET_KEYS", "short"),
        ("BUDDY_URL", "buddy.example.com"),
        ("BUDDY_SYNC_INTERVAL", "soon"),
        ("BUDDY_SYNC_LEASE", "0"),
        ("INTUIT_ENVIRONMENT", "staging"),
        ("QUICKBOOKS_API_URL", "quickbooks"),
        ("DATABASE_URL", "mysql://somewhere/buddy"),
    ],
)
def test_a_wrong_value_stops_buddy_and_names_the_variable(load: Any, name: str, value: str) -> None:
    with pytest.raises(ImproperlyConfigured, match=name):
        load(**{name: value})


def test_a_secret_may_come_from_a_file_but_not_from_two_places(load: Any, tmp_path: Path) -> None:
    file = tmp_path / "secret"
    file.write_text("the client secret\n")
    assert load(INTUIT_CLIENT_SECRET_FILE=str(file))["INTUIT_CLIENT_SECRET"] == "the client secret"
    with pytest.raises(ImproperlyConfigured, match="INTUIT_CLIENT_SECRET_FILE"):
        load(INTUIT_CLIENT_SECRET_FILE=str(file), INTUIT_CLIENT_SECRET="another")
    with pytest.raises(ImproperlyConfigured, match="INTUIT_CLIENT_SECRET_FILE"):
        load(INTUIT_CLIENT_SECRET_FILE=str(tmp_path / "missing"))


def test_the_first_key_encrypts_and_every_key_decrypts(load: Any) -> None:
    before = load(BUDDY_SECRET_KEYS=KEY)
    after = load(BUDDY_SECRET_KEYS=f"{'b' * 40}, {KEY}")
    secret = MultiFernet([Fernet(key) for key in before["ENCRYPTION_KEYS"]]).encrypt(b"token")
    assert MultiFernet([Fernet(key) for key in after["ENCRYPTION_KEYS"]]).decrypt(secret) == b"token"
    assert after["SECRET_KEY_FALLBACKS"] == [before["SECRET_KEY"]]
    assert after["SECRET_KEY"] != before["SECRET_KEY"]
    assert before["SECRET_KEY"] not in before["ENCRYPTION_KEYS"]


def test_https_brings_secure_cookies_and_hsts_and_http_on_localhost_works_without(load: Any) -> None:
    public = load(BUDDY_URL="https://buddy.example.com/")
    assert public["ALLOWED_HOSTS"] == ["buddy.example.com"]
    assert public["CSRF_TRUSTED_ORIGINS"] == ["https://buddy.example.com"]
    assert public["SESSION_COOKIE_SECURE"]
    assert public["CSRF_COOKIE_SECURE"]
    assert public["SECURE_SSL_REDIRECT"]
    assert public["SECURE_HSTS_SECONDS"] > 0
    local = load(BUDDY_URL="http://localhost:8123")
    assert "localhost" in local["ALLOWED_HOSTS"]
    assert not local["SESSION_COOKIE_SECURE"]
    assert not local["SECURE_SSL_REDIRECT"]
    assert "SECURE_HSTS_SECONDS" not in local


def test_the_environment_chooses_intuits_addresses_and_each_can_be_replaced(load: Any) -> None:
    assert load()["QUICKBOOKS_API_URL"] == "https://quickbooks.api.intuit.com"
    sandbox = load(INTUIT_ENVIRONMENT="sandbox", QUICKBOOKS_APP_URL="http://localhost:8001/app/")
    assert sandbox["QUICKBOOKS_API_URL"] == "https://sandbox-quickbooks.api.intuit.com"
    assert sandbox["QUICKBOOKS_APP_URL"] == "http://localhost:8001/app"


def test_a_database_url_brings_postgresql_and_its_queue(load: Any) -> None:
    there = load(DATABASE_URL="postgres://buddy:s%40fe@db.example.com:5432/buddy")
    assert there["DATABASES"]["default"]["PASSWORD"] == "s@fe"
    assert there["DATABASES"]["default"]["CONN_HEALTH_CHECKS"] is True
    assert "procrastinate.contrib.django" in there["INSTALLED_APPS"]
    assert "procrastinate.contrib.django" not in load()["INSTALLED_APPS"]


def test_mail_goes_where_the_url_says(load: Any) -> None:
    mail = load(EMAIL_URL="smtp+tls://buddy:s%40fe@mail.example.com:587")["MAILERS"]["default"]
    assert mail["BACKEND"] == "django.core.mail.backends.smtp.EmailBackend"
    assert mail["OPTIONS"]["password"] == "s@fe"
    assert mail["OPTIONS"]["use_tls"] is True
    assert load()["MAILERS"]["default"]["BACKEND"] == "django.core.mail.backends.console.EmailBackend"


def test_an_event_is_one_line_even_with_a_traceback(load: Any) -> None:
    logging_settings = load()["LOGGING"]["formatters"]["line"]
    formatter = logging_settings["()"](**{name: value for name, value in logging_settings.items() if name != "()"})
    try:
        raise ValueError("a\nb")
    except ValueError:
        record = logging.LogRecord("buddy.sync", logging.ERROR, "", 0, "run %s", ("failed",), sys.exc_info())
    record.organization = 7
    line = formatter.format(record)
    assert "\n" not in line
    assert 'level=error logger=buddy.sync event="run failed" organization=7 exception="Traceback' in line
