"""Steering a sandbox that runs in another process: its control API, and the client.

`/_world/<kind>/<verb>` takes the arguments of the World's method of that name as one
JSON object (items as external ids) and answers JSON. The bearer token is the one the
server was started with; without one the API is shut. Verbs: `publish` (a list of
{"verb", ...}, done in order), `inject`, `heal`, `revoke`, `advance`, `reset`, `ledger`,
`struck`.
"""

import hmac
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

import requests

from connectors.exchange import Request, Response, json_response
from connectors.pictures import picture
from connectors.world import File, Item, Person, World

SECONDS = 30
_SAID = frozenset(
    {"post", "comment", "mention", "message", "reply_as_brand", "edit", "delete"}
)
_MADE = frozenset({"brand", "customer"})


class Control:
    """The server's side."""

    def __init__(self, worlds: Mapping[str, World], *, token: str) -> None:
        self._worlds = worlds
        self._token = token

    def handle(self, request: Request) -> Response:
        kind, _, verb = request.path.partition("/")
        if not self._token or not hmac.compare_digest(request.bearer(), self._token):
            return json_response({"error": "the control token is wrong"}, status=401)
        if kind not in self._worlds:
            return json_response({"error": f"no world {kind!r}"}, status=404)
        try:
            return json_response(_perform(self._worlds[kind], verb, request.json))
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            return json_response({"error": repr(error)}, status=422)


class WorldClient:
    """The tests' side: the World's verbs over HTTP. Items are external ids."""

    def __init__(self, url: str, *, kind: str, token: str) -> None:
        self._url = f"{url.rstrip('/')}/_world/{kind}/"
        self._session = requests.Session()
        self._session.trust_env = False
        self._session.headers["Authorization"] = f"Bearer {token}"

    def brand(self, handle: str = "brand", **what: Any) -> str:
        return self._one("brand", handle=handle, **what)

    def customer(self, handle: str, **what: Any) -> str:
        return self._one("customer", handle=handle, **what)

    def post(self, *, text: str, **what: Any) -> str:
        return self._one("post", text=text, **what)

    def comment(self, *, on: str, author: str, text: str, **what: Any) -> str:
        return self._one("comment", on=on, author=author, text=text, **what)

    def mention(self, *, author: str, text: str, **what: Any) -> str:
        return self._one("mention", author=author, text=text, **what)

    def message(self, *, author: str, text: str, **what: Any) -> str:
        return self._one("message", author=author, text=text, **what)

    def reply_as_brand(self, *, to: str, text: str, **what: Any) -> str:
        return self._one("reply_as_brand", to=to, text=text, **what)

    def edit(self, item: str, *, text: str) -> str:
        return self._one("edit", item=item, text=text)

    def delete(self, item: str) -> str:
        return self._one("delete", item=item)

    def publish(self, lines: Sequence[Mapping[str, Any]]) -> list[str]:
        """Many at once, each {"verb": ..., arguments}; their external ids."""
        found: list[str] = self._ask("publish", list(lines))
        return found

    def inject(self, kind: str, **how: Any) -> None:
        self._ask("inject", {"kind": kind, **how})

    def heal(self) -> None:
        self._ask("heal", {})

    def revoke(self) -> None:
        self._ask("revoke", {})

    def advance(self, seconds: float) -> None:
        self._ask("advance", {"seconds": seconds})

    def reset(self, *, seed: int = 0) -> None:
        self._ask("reset", {"seed": seed})

    def ledger(self) -> dict[str, Any]:
        """{"offered": [...], "changes": [...], "writes": [...]}, see ledger.py."""
        found: dict[str, Any] = self._ask("ledger", {})
        return found

    def struck(self) -> dict[str, int]:
        """How often each kind of fault struck."""
        found: dict[str, int] = self._ask("struck", {})
        return found

    def close(self) -> None:
        self._session.close()

    def _one(self, verb: str, **what: Any) -> str:
        return self.publish([{"verb": verb, **what}])[0]

    def _ask(self, verb: str, body: Any) -> Any:
        answer = self._session.post(self._url + verb, json=body, timeout=SECONDS)
        if answer.status_code != 200:
            raise ValueError(f"{verb}: {answer.status_code} {answer.text}")
        return answer.json()


def _perform(world: World, verb: str, given: Any) -> Any:
    with world.lock:
        if verb == "publish":
            return [_publish(world, dict(line)) for line in given]
        if verb == "ledger":
            return world.ledger.as_json()
        if verb == "struck":
            return world.faults.struck
        acts: dict[str, Callable[..., None]] = {
            "inject": world.inject,
            "heal": world.heal,
            "revoke": world.revoke,
            "advance": world.advance,
            "reset": world.reset,
        }
        acts[verb](**given)
        return {}


def _publish(world: World, line: dict[str, Any]) -> str:
    verb = line.pop("verb")
    if verb not in _SAID | _MADE:
        raise ValueError(f"no such verb: {verb}")
    if line.get("at") is not None:
        line["at"] = datetime.fromisoformat(line["at"])
    if "pictures" in line:
        line["media"] = [_drawn(world, seed) for seed in line.pop("pictures")]
    made: Item | Person = getattr(world, verb)(**line)
    return made.handle if isinstance(made, Person) else world.external_id(made)


def _drawn(world: World, seed: int) -> File:
    """A picture for a post, drawn from a number."""
    return File(
        id=world.next_id(world.now()),
        name=f"{seed}.png",
        mime="image/png",
        content=picture(seed, width=640, height=400),
        width=640,
        height=400,
    )
