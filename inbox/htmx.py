"""One page, two renderings: whole, or the part that a script asked for."""

from __future__ import annotations

import json

from django.http import HttpRequest, HttpResponse
from django_htmx.middleware import HtmxDetails


def wants_part(request: HttpRequest, part: str = "") -> bool:
    """Whether htmx asked for a part of the page, and for this one if `part` is given.

    A boosted link and a step back in history want the whole page.
    """
    details: HtmxDetails = request.htmx  # type: ignore[attr-defined]
    if not details or details.boosted or details.history_restore_request:
        return False
    return not part or details.target == part


def toast(response: HttpResponse, words: str, *, tone: str = "") -> HttpResponse:
    """Says `words` at the feed's foot when it arrives. `tone`: empty, or `failure`."""
    return trigger(response, "toast", {"words": words, "tone": tone})


def trigger(response: HttpResponse, event: str, detail: object) -> HttpResponse:
    """Adds an event for the page to the answer's `HX-Trigger`."""
    events = json.loads(response.headers.get("HX-Trigger", "{}"))
    response.headers["HX-Trigger"] = json.dumps({**events, event: detail})
    return response


def go(url: str) -> HttpResponse:
    """Makes the browser load `url` in full, from within an htmx request."""
    response = HttpResponse(status=204)
    response.headers["HX-Redirect"] = url
    return response
