"""A channel as the connector kit sees it: settings, secrets, notes, budget, way out."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

from django.conf import settings
from django.core.cache import cache
from django.db import transaction
from django.db.models import F, Q
from redis import RedisError

import connectors
from connectors import (
    BudgetSpent,
    Connector,
    Http,
    Json,
    MemoryCredentials,
    MemoryNotes,
    Watched,
)
from connectors.rates import Rate
from inbox.models import (
    Channel,
    ChannelNote,
    ConnectionTest,
    Direction,
    Message,
    Spending,
    Status,
)

WATCHED_FOR = timedelta(hours=48)


@contextmanager
def connected(
    channel: Channel, *, now: datetime, before_try: Callable[[], None] | None = None
) -> Iterator[Connector]:
    """The channel's connector for a talk with the network; hangs up at the end.

    `before_try` is called before every request.
    """
    connector = connect(channel, now=now)
    if before_try is not None:
        connector.http.before_try = before_try
    try:
        yield connector
    finally:
        connector.http.close()


def connect(channel: Channel, *, now: datetime) -> Connector:
    """The channel's connector, for one worker. Whoever lets it talk to the network
    takes `connected`."""
    return connectors.get(channel.kind)(
        settings=channel.settings,
        credentials=ChannelCredentials(channel.pk),
        notes=ChannelNotes(channel.pk, now=now),
        budget=ChannelBudget(channel.pk),
        http=_http(),
    )


def connect_untried(test: ConnectionTest) -> Connector:
    """A connector for settings that no channel holds yet."""
    connector = connectors.get(test.kind)
    secret = {setting.name for setting in connector.settings if setting.secret}
    values = test.settings
    return connector(
        settings={name: text for name, text in values.items() if name not in secret},
        credentials=MemoryCredentials(
            {name: text for name, text in values.items() if name in secret}
        ),
        notes=MemoryNotes(),
        budget=connectors.FreeBudget(),
        http=_http(),
    )


def _http() -> Http:
    return Http(
        private_hosts_allowed=settings.PRIVATE_HOSTS_ALLOWED, tokens=SharedRateTokens()
    )


class SharedRateTokens:
    """What a platform said is left, known to all workers. Redis may forget it."""

    def get(self, bucket: str) -> Rate | None:
        try:
            rate: Rate | None = cache.get(f"rate:{bucket}")
        except RedisError:
            return None
        return rate

    def put(self, bucket: str, rate: Rate) -> None:
        left = (rate.reset_at - datetime.now(tz=UTC)).total_seconds()
        with contextlib.suppress(RedisError):
            cache.set(f"rate:{bucket}", rate, timeout=max(1, int(left)))


class ChannelCredentials:
    """The channel's secrets; rotation holds the row's lock over one call."""

    def __init__(self, channel_id: int) -> None:
        self._channel_id = channel_id

    def get(self) -> Mapping[str, str]:
        secrets: Mapping[str, str] = Channel.objects.get(pk=self._channel_id).secrets
        return secrets

    def rotate(
        self,
        refresh: Callable[[Mapping[str, str]], Mapping[str, str]],
        *,
        stale: Mapping[str, str],
    ) -> Mapping[str, str]:
        with transaction.atomic():
            channel = Channel.objects.select_for_update(no_key=True).get(
                pk=self._channel_id
            )
            if dict(channel.secrets) == dict(stale):
                channel.secrets = dict(refresh(dict(stale)))
                channel.save(update_fields=["secrets"])
            secrets: Mapping[str, str] = channel.secrets
        return secrets


class ChannelNotes:
    """The connector's own rows, as committed."""

    def __init__(self, channel_id: int, *, now: datetime) -> None:
        self._channel_id = channel_id
        self._now = now

    def get(self, key: str) -> Json:
        return self.get_many([key]).get(key)

    def get_many(self, keys: Collection[str]) -> Mapping[str, Json]:
        rows = ChannelNote.objects.filter(channel_id=self._channel_id, key__in=keys)
        return {row.key: row.value for row in rows}

    def watched(self, *, after: str | None, limit: int) -> Sequence[Watched]:
        start = int(after) if after else 0
        rows = (
            Message.objects.filter(
                Q(published_at__gte=self._now - WATCHED_FOR)
                | ~Q(conversation__status=Status.RESOLVED),
                channel_id=self._channel_id,
                direction=Direction.IN,
                external_id__isnull=False,
                deleted_at__isnull=True,
                pk__gt=start,
            )
            .select_related("thread")
            .order_by("pk")[:limit]
        )
        return [
            Watched(
                external_id=row.external_id or "",
                thread_id=row.thread.external_id if row.thread else "",
                mark=str(row.pk),
                handle=row.handle,
            )
            for row in rows
        ]


class ChannelBudget:
    """Units per UTC day. A limit is the channel's setting `budget.<purse>`; no limit
    means the platform's units are free."""

    def __init__(self, channel_id: int) -> None:
        self._channel_id = channel_id

    def reserve(self, purse: str, *, units: int) -> str:
        today = datetime.now(tz=UTC)
        channel = Channel.objects.get(pk=self._channel_id)
        limit = channel.settings.get(f"budget.{purse}")
        with transaction.atomic():
            row, _made = Spending.objects.select_for_update(no_key=True).get_or_create(
                channel=channel, scope=purse, period=today.date().isoformat()
            )
            if limit is not None and row.reserved + row.spent + units > int(limit):
                raise BudgetSpent(until=_next_day(today))
            Spending.objects.filter(pk=row.pk).update(reserved=F("reserved") + units)
        return f"{row.pk}:{units}"

    def settle(self, reservation: str, *, units: int) -> None:
        pk, reserved = (int(part) for part in reservation.split(":"))
        Spending.objects.filter(pk=pk).update(
            reserved=F("reserved") - reserved, spent=F("spent") + units
        )


def _next_day(now: datetime) -> datetime:
    return (now + timedelta(days=1)).replace(hour=0, minute=0, second=0, microsecond=0)
