"""What changed since: a small answer, asked for every few seconds."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.http import HttpResponse, JsonResponse
from django.utils import timezone

from inbox.feed import Filter
from inbox.models import Conversation, Role
from inbox.views.access import AgentRequest, allowed

OVERLAP = timedelta(seconds=15)
"""Changes commit out of order: each answer looks back, the page drops what it knows."""

LOOK_BACK = timedelta(hours=1)
MOST = 500


@allowed(Role.OPERATOR)
def show(request: AgentRequest) -> HttpResponse:
    """`changed`: id, version and whether it is news for this feed. `reload`: too much
    happened, or too long ago, to be told one by one."""
    now = timezone.now()
    since = _since(request.GET.get("since", ""))
    if since is None or now - since > LOOK_BACK:
        return JsonResponse({"since": now.isoformat(), "reload": True, "changed": []})
    since -= OVERLAP
    visible = Conversation.objects.visible_to(request.user)
    changed = list(
        visible.filter(workspace=request.workspace, changed_at__gte=since)
        .order_by("changed_at", "id")
        .values_list("id", "version")[: MOST + 1]
    )
    fresh = _fresh(request, [row_id for row_id, _version in changed], since, now)
    return JsonResponse(
        {
            "since": now.isoformat(),
            "reload": len(changed) > MOST,
            "changed": [
                {"id": row_id, "version": version, "fresh": row_id in fresh}
                for row_id, version in changed[:MOST]
            ],
        }
    )


def _fresh(
    request: AgentRequest, ids: list[int], since: datetime, now: datetime
) -> set[int]:
    """Those in which somebody wrote, and that the feed as filtered would show."""
    if not ids:
        return set()
    wanted = Filter.parse(request.GET.dict())
    found = wanted.conversations(request.user, now=now)
    return set(
        found.filter(pk__in=ids, news_at__gte=since).values_list("pk", flat=True)
    )


def _since(text: str) -> datetime | None:
    try:
        since = datetime.fromisoformat(text.replace(" ", "+"))
    except ValueError:
        return None
    return since if since.tzinfo else None
