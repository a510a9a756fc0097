"""Where the items of a page stand: posts and threads."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from connectors import Form, Inbound
from inbox.models import Channel, Post, Thread, Visibility
from inbox.services.write import write


def resolve(
    channel: Channel, items: Iterable[Inbound], *, now: datetime
) -> dict[str, Thread]:
    """The threads of the items by external id, made if new, locked in id order.

    The lock makes everything that happens in one thread happen one after another:
    the same item over two streams, and a reply of ours that arrives before the
    question it answers. It is no lock of the key: a row that merely points here, such
    as a reply being pressed, does not wait for it.
    """
    posts = _posts(channel, items, now)
    heads = _heads(items)
    Thread.objects.bulk_create(
        (_thread(channel, item, posts) for _key, item in sorted(heads.items())),
        ignore_conflicts=True,
    )
    rows = (
        Thread.objects.select_for_update(no_key=True)
        .filter(channel=channel, external_id__in=heads)
        .order_by("pk")
    )
    threads = {row.external_id: row for row in rows}
    _complete(threads, heads, posts)
    return threads


def _posts(
    channel: Channel, items: Iterable[Inbound], now: datetime
) -> dict[str, Post]:
    shown = {item.post.id: item.post for item in items if item.post}
    if not shown:
        return {}
    Post.objects.bulk_create(
        (
            Post(
                channel=channel,
                external_id=key,
                text=post.text,
                url=post.url,
                image_url=post.image,
                first_seen_at=now,
            )
            for key, post in sorted(shown.items())
        ),
        ignore_conflicts=True,
    )
    rows = Post.objects.filter(channel=channel, external_id__in=shown)
    return {row.external_id: row for row in rows}


def _heads(items: Iterable[Inbound]) -> dict[str, Inbound]:
    """For each thread the item that tells most of it."""
    heads: dict[str, Inbound] = {}
    for item in items:
        best = heads.get(item.thread_id)
        if best is None or _tells(item) > _tells(best):
            heads[item.thread_id] = item
    return heads


def _tells(item: Inbound) -> int:
    return (item.post is not None) + (item.root is not None)


def _thread(channel: Channel, item: Inbound, posts: dict[str, Post]) -> Thread:
    private = item.form == Form.MESSAGE
    thread = Thread(
        channel=channel,
        external_id=item.thread_id,
        visibility=Visibility.PRIVATE if private else Visibility.PUBLIC,
    )
    _describe(thread, item, posts)
    return thread


def _describe(thread: Thread, item: Inbound, posts: dict[str, Post]) -> None:
    if item.post:
        thread.post = posts[item.post.id]
    if item.root:
        thread.root_external_id = item.root.id
        thread.root_text = item.root.text
        author = item.root.author
        thread.root_author = (author.name or author.handle) if author else None
        thread.root_url = item.root.url


def _complete(
    threads: dict[str, Thread], heads: dict[str, Inbound], posts: dict[str, Post]
) -> None:
    """What an earlier item did not tell of its thread, a later one may."""
    changed = []
    for key, thread in threads.items():
        item = heads[key]
        lacks_post = item.post is not None and thread.post_id is None
        lacks_root = item.root is not None and thread.root_external_id is None
        if lacks_post or lacks_root:
            _describe(thread, item, posts)
            changed.append(thread)
    write(
        changed,
        ["post", "root_external_id", "root_text", "root_author", "root_url"],
    )
