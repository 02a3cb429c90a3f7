"""Every setting of Buddy. The environment is read here and nowhere else, each variable once.

docs/operations.md lists the variables; a test holds that list to this file.
"""

import base64
import os
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import structlog
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.core.exceptions import ImproperlyConfigured
from django.utils.csp import CSP
from environ import Env

BASE_DIR = Path(__file__).resolve().parent.parent


# --- Reading the environment -----------------------------------------------------------------------------------------


def read(name: str, default: str | None = None, *, remedy: str = "") -> str:
    """The variable `name`. Without a default it must be set: `remedy` says how. Empty counts as not set."""
    value = os.environ.get(name, "")
    if not value and default is None:
        raise ImproperlyConfigured(f"{name} is not set. {remedy}".strip())
    return value or default or ""


def read_secret(name: str, default: str | None = None, *, remedy: str = "") -> str:
    """Like `read`, or the contents of the file that `{name}_FILE` names: container secrets are files."""
    path = os.environ.get(f"{name}_FILE", "")
    if not path:
        return read(name, default, remedy=remedy)
    if os.environ.get(name):
        raise ImproperlyConfigured(f"{name} and {name}_FILE are both set. Keep one.")
    try:
        return Path(path).read_text(encoding="utf-8").strip()
    except OSError as error:
        raise ImproperlyConfigured(f"{name}_FILE cannot be read: {error}. Point it at the secret's file.") from error


def read_number(name: str, default: int, *, minimum: int = 1) -> int:
    """A whole number, at least `minimum`."""
    text = read(name, str(default))
    if not text.isdecimal() or int(text) < minimum:
        raise ImproperlyConfigured(f"{name} is {text!r}. Set a whole number of at least {minimum}.")
    return int(text)


def read_url(name: str, default: str) -> str:
    """An http or https address, without a slash at its end."""
    url = read(name, default)
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ImproperlyConfigured(f"{name} is {url!r}. Set a whole address such as https://buddy.example.com.")
    return url.rstrip("/")


def derive(key: str, purpose: str, *, length: int) -> str:
    """That many bytes for one purpose out of one secret, as URL-safe base64."""
    kdf = HKDF(algorithm=SHA256(), length=length, salt=None, info=f"buddy {purpose}".encode())
    return base64.urlsafe_b64encode(kdf.derive(key.encode())).decode()


# --- Where Buddy lives -----------------------------------------------------------------------------------------------

BUDDY_DATA = Path(read("BUDDY_DATA", str(BASE_DIR / "data"))).expanduser().resolve()
BUDDY_DATA.mkdir(mode=0o700, parents=True, exist_ok=True)

BUDDY_URL = read_url("BUDDY_URL", "http://localhost:8000")
_address = urlsplit(BUDDY_URL)
_https = _address.scheme == "https"
_local = _address.hostname in ("localhost", "127.0.0.1", "::1")

ALLOWED_HOSTS = ["localhost", "127.0.0.1", "[::1]"] if _local else [_address.hostname]
CSRF_TRUSTED_ORIGINS = [f"{_address.scheme}://{_address.netloc}"]

# --- Secrets: the first key encrypts and signs, all of them decrypt and verify ---------------------------------------

_keys = [
    key.strip()
    for key in read_secret(
        "BUDDY_SECRET_KEYS",
        remedy="Make one with `openssl rand -base64 32`, keep it with your backups, and set it here or put it in a "
        "file named by BUDDY_SECRET_KEYS_FILE. Several are separated by commas, the newest first.",
    ).split(",")
    if key.strip()
]
if not _keys or any(len(key) < 32 for key in _keys):
    raise ImproperlyConfigured("BUDDY_SECRET_KEYS: each key needs at least 32 characters (`openssl rand -base64 32`).")

ENCRYPTION_KEYS = [derive(key, "encryption", length=32) for key in _keys]  # as Fernet takes them
SECRET_KEY, *SECRET_KEY_FALLBACKS = [derive(key, "django", length=64) for key in _keys]

# --- QuickBooks ------------------------------------------------------------------------------------------------------

_INTUIT = {  # discovery, API, app (api 1.1, 2; the sandbox's app address is unconfirmed)
    "production": (
        "https://developer.intuit.com/.well-known/openid_configuration/",
        "https://quickbooks.api.intuit.com",
        "https://app.qbo.intuit.com/app",
    ),
    "sandbox": (
        "https://developer.intuit.com/.well-known/openid_sandbox_configuration/",
        "https://sandbox-quickbooks.api.intuit.com",
        "https://sandbox.qbo.intuit.com/app",
    ),
}
INTUIT_ENVIRONMENT = read("INTUIT_ENVIRONMENT", "production")
if INTUIT_ENVIRONMENT not in _INTUIT:
    raise ImproperlyConfigured(f"INTUIT_ENVIRONMENT is {INTUIT_ENVIRONMENT!r}. Set production or sandbox.")
_discovery, _api, _app = _INTUIT[INTUIT_ENVIRONMENT]

INTUIT_CLIENT_ID = read("INTUIT_CLIENT_ID", "")  # without keys Buddy runs, and its Connect page says what is missing
INTUIT_CLIENT_SECRET = read_secret("INTUIT_CLIENT_SECRET", "")
INTUIT_WEBHOOK_VERIFIER = read_secret("INTUIT_WEBHOOK_VERIFIER", "")
INTUIT_READS_PER_MONTH = read_number("INTUIT_READS_PER_MONTH", 500_000)
# Intuit's discovery addresses end with a slash, and need it.
INTUIT_DISCOVERY_URL = read("INTUIT_DISCOVERY_URL", _discovery)
QUICKBOOKS_API_URL = read_url("QUICKBOOKS_API_URL", _api)
QUICKBOOKS_APP_URL = read_url("QUICKBOOKS_APP_URL", _app)

QUICKBOOKS_TRANSPORT = None  # tests put another way to the API's address here
QUICKBOOKS_LIMITS: dict[str, Any] = {}  # and other limits than R24's, so that they need not wait

BUDDY_SYNC_INTERVAL = read_number("BUDDY_SYNC_INTERVAL", 180)  # seconds between runs when nothing rings
SYNC_BREATH = 0.005  # seconds SQLite's write lock stays free between two transactions of a run, for the web (R28)
BUDDY_IMPORT_MB = read_number("BUDDY_IMPORT_MB", 50)  # the largest file that can be imported
BUDDY_IMPORT_DAYS = read_number("BUDDY_IMPORT_DAYS", 30)  # how long its rows are kept, and it can be undone
BUDDY_SYNC_LEASE = read_number("BUDDY_SYNC_LEASE", 60, minimum=3)  # seconds until a dead worker's run is taken over

# --- Database --------------------------------------------------------------------------------------------------------

_database_url = read_secret("DATABASE_URL", "")
_postgres: dict[str, Any] = Env.db_url_config(_database_url) if _database_url else {}
if _postgres and _postgres["ENGINE"] != "django.db.backends.postgresql":
    raise ImproperlyConfigured("DATABASE_URL must begin with postgres://. Leave it out for SQLite in BUDDY_DATA.")

_sqlite = {  # R28: FULL, as a frozen request must survive a power cut; IMMEDIATE, as an upgraded read fails at once
    "ENGINE": "buddy.sqlite",
    "NAME": BUDDY_DATA / "buddy.db",
    "OPTIONS": {
        "transaction_mode": "IMMEDIATE",
        "timeout": 20,
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA temp_store=MEMORY;"
        " PRAGMA cache_size=-65536; PRAGMA mmap_size=268435456; PRAGMA wal_autocheckpoint=8000;",
    },
}
# A process that freezes in a transaction holds its rows no longer than a lease would (R22); none waits for the network.
_postgres_options = {"options": "-c idle_in_transaction_session_timeout=60s", **_postgres.get("OPTIONS", {})}
_postgres_kept = {"CONN_MAX_AGE": 60, "CONN_HEALTH_CHECKS": True, "OPTIONS": _postgres_options}
DATABASES = {"default": {**_postgres, **_postgres_kept} if _postgres else _sqlite}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# --- Django ----------------------------------------------------------------------------------------------------------

INSTALLED_APPS = [
    "buddy.hub",
    "buddy.sync",
    "buddy.web",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.usersessions",
    "django_filters",
    "django_htmx",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.humanize",
    "django.contrib.messages",
    "django.contrib.sessions",
    "django.contrib.staticfiles",
    *(["procrastinate.contrib.django"] if _postgres else []),
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "django.middleware.csp.ContentSecurityPolicyMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "buddy.web.middleware.SignInMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "buddy.web.middleware.OrganizationMiddleware",
]
ROOT_URLCONF = "buddy.urls"
WSGI_APPLICATION = "buddy.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "buddy.web.shell.context",
            ],
            "builtins": ["django.templatetags.static", "buddy.web.templatetags.buddy"],
        },
    },
]
FILE_UPLOAD_HANDLERS = ["buddy.web.uploads.BoundedUpload"]
FILE_UPLOAD_TEMP_DIR = BUDDY_DATA  # on the disk where an upload stays: taking it in moves no bytes
TIME_ZONE = "UTC"
USE_TZ = True
LANGUAGE_CODE = "en-us"
USE_I18N = False

STATIC_URL = "/static/"
STATIC_ROOT = BASE_DIR / "static-root"  # filled by `make static`
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}

# --- Signing in: by email; buddy.web.accounts closes sign-up --------------------------------------------------------

AUTH_USER_MODEL = "hub.User"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
_VALIDATION = "django.contrib.auth.password_validation"
AUTH_PASSWORD_VALIDATORS = [
    {
        "NAME": f"{_VALIDATION}.UserAttributeSimilarityValidator",
        "OPTIONS": {"user_attributes": ("name", "email")},
    },
    {"NAME": f"{_VALIDATION}.MinimumLengthValidator"},
    {"NAME": f"{_VALIDATION}.CommonPasswordValidator"},
]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/"
ACCOUNT_ADAPTER = "buddy.web.accounts.Adapter"
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_EMAIL_VERIFICATION = "none"  # of the address one comes with: an admin invited it
ACCOUNT_CHANGE_EMAIL = True  # a new one counts once its owner opened the link mailed to it
ACCOUNT_EMAIL_NOTIFICATIONS = True  # a changed password, address or second step is mailed to its owner
ACCOUNT_EMAIL_SUBJECT_PREFIX = ""
ACCOUNT_REAUTHENTICATION_REQUIRED = True  # whoever changes how one signs in says the password again
ACCOUNT_SESSION_REMEMBER = True  # for SESSION_COOKIE_AGE, without asking
ACCOUNT_LOGOUT_REDIRECT_URL = LOGIN_URL
MFA_ADAPTER = "buddy.web.accounts.SecondStep"
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_FORMS = {"add_webauthn": "buddy.web.passkeys.AddPasskeyForm"}
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_ALLOW_UNVERIFIED_EMAIL = True  # nobody can sign up with an address of somebody else's
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = not _https  # browsers allow passkeys on localhost without https, and nowhere else
MFA_TOTP_ISSUER = "Buddy"
MFA_TOTP_TOLERANCE = 1  # 30 seconds, for a clock that is a little off
ALLAUTH_TRUSTED_PROXY_COUNT = 1 if _https else 0  # https is a reverse proxy's work (docs/operations.md)

# --- Walls -----------------------------------------------------------------------------------------------------------

SECURE_CSP = {
    "default-src": [CSP.SELF],
    "img-src": [CSP.SELF, "data:"],  # Tabler's style sheet draws its marks and arrows from data: images
    "object-src": [CSP.NONE],
    "base-uri": [CSP.NONE],
    "frame-ancestors": [CSP.NONE],
    "form-action": [CSP.SELF],  # the Connect view adds the discovered authorize origin to its own answers (R26)
}
X_FRAME_OPTIONS = "DENY"
SECURE_REFERRER_POLICY = "same-origin"
SESSION_COOKIE_NAME = "buddy_session"  # cookies know no ports: another program on localhost must not share them
CSRF_COOKIE_NAME = "buddy_csrf"
CSRF_FAILURE_VIEW = "buddy.web.errors.csrf_failure"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = SECURE_SSL_REDIRECT = _https
SESSION_COOKIE_AGE = 14 * 24 * 3600
if _https:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    SECURE_HSTS_SECONDS = 365 * 24 * 3600
    # Whether the owner's other hosts speak https only, and whether browsers preload that, is not Buddy's to decide.
    SILENCED_SYSTEM_CHECKS = ["security.W005", "security.W021"]

# --- Mail and logs ---------------------------------------------------------------------------------------------------

_mail = Env.email_url_config(read_secret("EMAIL_URL", "consolemail://"))  # smtp+tls://user:password@host:587
_smtp = {
    "host": _mail["EMAIL_HOST"],
    "port": _mail["EMAIL_PORT"] or 25,
    "username": _mail["EMAIL_HOST_USER"],
    "password": _mail["EMAIL_HOST_PASSWORD"],
    "use_tls": _mail.get("EMAIL_USE_TLS", False),
    "use_ssl": _mail.get("EMAIL_USE_SSL", False),
    "timeout": 20,
}
_folder = {"file_path": _mail["EMAIL_FILE_PATH"]} if _mail["EMAIL_FILE_PATH"] else {}
MAILERS = {"default": {"BACKEND": _mail["EMAIL_BACKEND"], "OPTIONS": _smtp if _mail["EMAIL_HOST"] else _folder}}
DEFAULT_FROM_EMAIL = SERVER_EMAIL = read("BUDDY_EMAIL_FROM", f"Buddy <buddy@{_address.hostname}>")

_stamps: list[Any] = [
    structlog.stdlib.add_log_level,
    structlog.stdlib.add_logger_name,
    structlog.stdlib.ExtraAdder(),
    structlog.processors.TimeStamper(fmt="iso", utc=True),
    structlog.processors.format_exc_info,
    structlog.stdlib.ProcessorFormatter.remove_processors_meta,
]
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "line": {  # one event, one line, tracebacks too: key=value pairs, the message in `event`
            "()": structlog.stdlib.ProcessorFormatter,
            "foreign_pre_chain": _stamps[:-1],
            "processors": [
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.LogfmtRenderer(key_order=["timestamp", "level", "logger", "event"]),
            ],
        },
    },
    "handlers": {"stdout": {"class": "logging.StreamHandler", "stream": "ext://sys.stdout", "formatter": "line"}},
    "root": {"handlers": ["stdout"], "level": "INFO"},
    "loggers": {
        "django": {"handlers": [], "level": "INFO", "propagate": True},
        "procrastinate": {"level": "WARNING"},
        "httpx2": {"level": "WARNING"},  # buddy.quickbooks.http logs each call itself, without addresses
    },
}
