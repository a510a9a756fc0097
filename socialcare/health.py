"""Is this process able to serve? For load balancers; says nothing of the data."""

from __future__ import annotations

from django.db import DatabaseError, connection
from django.http import HttpRequest, JsonResponse


def show(_request: HttpRequest) -> JsonResponse:
    """200 when Postgres answers, else 503. Redis is not asked: it may be wiped."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError:
        return JsonResponse({"postgres": "unreachable"}, status=503)
    return JsonResponse({"postgres": "ok"})
