"""A request and a response as a sandbox's dialect sees them."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from email import message_from_bytes
from typing import Any, Protocol
from urllib.parse import parse_qsl, urlsplit

from connectors.world import World


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """`kind` is the first part of the path, `path` what follows it. Header names are in
    lower case. `fields` are those of the query and of a form; `json` of a JSON body."""

    method: str
    kind: str
    path: str
    headers: Mapping[str, str]
    fields: Sequence[tuple[str, str]] = ()
    json: Any = None
    files: Mapping[str, tuple[str, str, bytes]] = field(default_factory=dict)

    def get(self, name: str, default: str = "") -> str:
        return next((value for key, value in self.fields if key == name), default)

    def get_all(self, name: str) -> list[str]:
        return [value for key, value in self.fields if key in {name, f"{name}[]"}]

    def bearer(self) -> str:
        scheme, _, token = self.headers.get("authorization", "").partition(" ")
        return token if scheme.lower() == "bearer" else ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Response:
    status: int = 200
    body: bytes = b""
    headers: Sequence[tuple[str, str]] = ()


class Dialect(Protocol):
    """A platform's way to show a World: what its `sandbox.py` exports as `Dialect`.

    Beside it stands `settings(*, base, token) -> dict[str, str]`: what the connect form
    wants (secrets too) for an account of this sandbox.
    """

    world: World

    def __init__(self, world: World, *, base: str) -> None: ...

    def handle(self, request: Request) -> Response:
        """Called with the world locked."""
        ...

    def repeated(self, request: Request) -> Response:
        """The page given before this one once more, as a confused cache would."""
        ...

    def rate_limited(self, reset_at: datetime) -> Response: ...

    def failed(self, status: int) -> Response:
        """An error in the platform's own words."""
        ...


def json_response(
    value: Any, *, status: int = 200, headers: Sequence[tuple[str, str]] = ()
) -> Response:
    return Response(
        status=status,
        body=json.dumps(value).encode(),
        headers=(("Content-Type", "application/json; charset=utf-8"), *headers),
    )


def read_body(
    *, method: str, target: str, headers: Mapping[str, str], body: bytes
) -> Request:
    """A raw request, its body read by its content type."""
    parts = urlsplit(target)
    kind, _, path = parts.path.lstrip("/").partition("/")
    lower = {name.lower(): value for name, value in headers.items()}
    kept = lower.get("content-type", "")
    fields = parse_qsl(parts.query, keep_blank_values=True)
    files: dict[str, tuple[str, str, bytes]] = {}
    if kept.startswith("application/x-www-form-urlencoded"):
        fields += parse_qsl(body.decode(errors="replace"), keep_blank_values=True)
    elif kept.startswith("multipart/form-data"):
        more, files = _multipart(kept, body)
        fields += more
    return Request(
        method=method,
        kind=kind,
        path=path,
        headers=lower,
        fields=fields,
        json=_json(kept, body),
        files=files,
    )


def _json(kept: str, body: bytes) -> Any:
    if not kept.startswith("application/json"):
        return None
    try:
        return json.loads(body)
    except ValueError:
        return None


def _multipart(
    kept: str, body: bytes
) -> tuple[list[tuple[str, str]], dict[str, tuple[str, str, bytes]]]:
    whole = message_from_bytes(f"Content-Type: {kept}\r\n\r\n".encode() + body)
    fields, files = [], {}
    for part in whole.walk():
        name = part.get_param("name", header="content-disposition")
        content = part.get_payload(decode=True)
        if not isinstance(name, str) or not isinstance(content, bytes):
            continue
        filename = part.get_filename()
        if filename is None:
            fields.append((name, content.decode(errors="replace")))
        else:
            files[name] = (filename, part.get_content_type(), content)
    return fields, files
