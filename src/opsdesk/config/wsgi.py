import gc
import os

from django.core.wsgi import get_wsgi_application
from django.urls import get_resolver

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "opsdesk.config.settings")
application = get_wsgi_application()
get_resolver().url_patterns  # noqa: B018 - reading them imports every page before the first request
# What was loaded stays for good: looking through it again and again for garbage makes single pages late.
gc.collect()
gc.freeze()
gc.set_threshold(50_000, 20, 50)
