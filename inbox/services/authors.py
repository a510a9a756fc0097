"""Who wrote the items of a page: identities, contacts, and how they look today."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

import connectors
from connectors import Author, AuthorScope, Inbound
from inbox.models import AuthorSnapshot, Channel, Contact, Identity
from inbox.services.write import write


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownAuthor:
    """An author of the page, as rows."""

    contact_id: int
    snapshot: AuthorSnapshot


def resolve(
    channel: Channel, items: Iterable[Inbound], *, now: datetime
) -> dict[str, KnownAuthor]:
    """The rows of every author of the items, by external id; new ones are made.

    Takes locks in key order, so that two pages with the same people never wait for
    each other in a circle.
    """
    authors = {item.author.id: item.author for item in items if item.author}
    if not authors:
        return {}
    identities = _identities(channel, authors)
    snapshots = _snapshots(identities, authors, now)
    return {
        key: KnownAuthor(contact_id=identities[key].contact_id, snapshot=snapshots[key])
        for key in authors
    }


def scope_of(channel: Channel) -> str:
    """Whose ids these are: everybody's, or given out for our account alone."""
    if connectors.get(channel.kind).author_scope == AuthorScope.NETWORK:
        return ""
    return channel.external_id


def _identities(channel: Channel, authors: dict[str, Author]) -> dict[str, Identity]:
    known = _stored(channel, authors)
    missing = [key for key in sorted(authors) if key not in known]
    if not missing:
        return known
    contacts = Contact.objects.bulk_create(
        Contact(workspace_id=channel.workspace_id, name=authors[key].name or "")
        for key in missing
    )
    Identity.objects.bulk_create(
        (
            Identity(
                workspace_id=channel.workspace_id,
                network=channel.kind,
                scope=scope_of(channel),
                external_id=key,
                contact=contact,
            )
            for key, contact in zip(missing, contacts, strict=True)
        ),
        ignore_conflicts=True,
    )
    known = _stored(channel, authors)
    taken = {identity.contact_id for identity in known.values()}
    _forget([contact for contact in contacts if contact.pk not in taken])
    return known


def _stored(channel: Channel, authors: dict[str, Author]) -> dict[str, Identity]:
    rows = Identity.objects.filter(
        workspace_id=channel.workspace_id,
        network=channel.kind,
        scope=scope_of(channel),
        external_id__in=authors,
    )
    return {row.external_id: row for row in rows}


def _forget(orphans: list[Contact]) -> None:
    """Contacts made for people whom another worker stored a moment earlier."""
    Contact.objects.filter(pk__in=[orphan.pk for orphan in orphans]).delete()


def _snapshots(
    identities: dict[str, Identity], authors: dict[str, Author], now: datetime
) -> dict[str, AuthorSnapshot]:
    looks = {
        key: _look(identities[key], author, now)
        for key, author in sorted(authors.items())
    }
    AuthorSnapshot.objects.bulk_create(looks.values(), ignore_conflicts=True)
    stored = {
        (row.identity_id, row.digest): row
        for row in AuthorSnapshot.objects.filter(
            identity_id__in=[look.identity_id for look in looks.values()],
            digest__in=[look.digest for look in looks.values()],
        )
    }
    found = {key: stored[look.identity_id, look.digest] for key, look in looks.items()}
    _remember_looks(identities, found)
    return found


def _look(identity: Identity, author: Author, now: datetime) -> AuthorSnapshot:
    shown = (
        author.name,
        author.handle,
        author.avatar,
        author.url,
        author.followers,
        author.city,
    )
    return AuthorSnapshot(
        identity=identity,
        digest=hashlib.sha256(json.dumps(shown).encode()).hexdigest(),
        name=author.name or "",
        handle=author.handle or "",
        avatar_url=author.avatar,
        url=author.url,
        followers=author.followers,
        city=author.city,
        seen_at=now,
    )


def _remember_looks(
    identities: dict[str, Identity], snapshots: dict[str, AuthorSnapshot]
) -> None:
    changed = []
    for key, snapshot in snapshots.items():
        identity = identities[key]
        if identity.snapshot_id != snapshot.pk:
            identity.snapshot = snapshot
            changed.append(identity)
    # Locked in order first: one UPDATE over many rows takes them as it finds them.
    rows = Identity.objects.filter(pk__in=[identity.pk for identity in changed])
    list(rows.select_for_update(no_key=True).order_by("pk").values_list("pk"))
    write(changed, ["snapshot"])
