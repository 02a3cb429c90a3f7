"""The WSGI application that any WSGI server can run."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "buddy.settings")

application = get_wsgi_application()
