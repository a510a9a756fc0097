"""Pages: `granian --interface wsgi socialcare.wsgi:application`."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "socialcare.settings")
application = get_wsgi_application()
