"""Who may open what. Every view says it in one line; a test finds those that do not."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import Any, Concatenate, ParamSpec

from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.cache import add_never_cache_headers, patch_vary_headers

from inbox import htmx
from inbox.models import Agent, Membership, Role, Workspace

P = ParamSpec("P")


class AgentRequest(HttpRequest):
    """A request of somebody who has logged in."""

    user: Agent
    membership: Membership
    workspace: Workspace
    htmx: Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """The least role that may call a view (None: nobody has to log in), and how."""

    role: Role | None
    methods: tuple[str, ...]


View = Callable[..., HttpResponse]
_RULES: dict[View, Rule] = {}


def rule_of(view: Callable[..., Any]) -> Rule | None:
    """The rule a view was declared with; None means it was forgotten."""
    return _RULES.get(view)


def allowed(
    role: Role, *, methods: tuple[str, ...] = ("GET",)
) -> Callable[[Callable[Concatenate[AgentRequest, P], HttpResponse]], View]:
    """The view is for `role` and those above it, and answers to `methods` alone."""
    return lambda view: _guarded(view, Rule(role=role, methods=methods))


def public(
    *, methods: tuple[str, ...] = ("GET",)
) -> Callable[[Callable[Concatenate[HttpRequest, P], HttpResponse]], View]:
    """The view is for everybody: log-in, first visit."""
    return lambda view: _guarded(view, Rule(role=None, methods=methods))


def _guarded(view: View, rule: Rule) -> View:
    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if request.method not in rule.methods:
            return HttpResponseNotAllowed(rule.methods)
        if rule.role is None:
            return _private(view(request, *args, **kwargs))
        if not request.user.is_authenticated:
            return _ask_to_log_in(request)
        _check_role(request, rule.role)
        return _private(view(request, *args, **kwargs))

    _RULES[guarded] = rule
    return guarded


class AgentMiddleware:
    """Gives a request its membership, its language and its time zone."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        language, zone = translation.get_language_from_request(request), None
        membership = None
        if request.user.is_authenticated:
            language, zone = request.user.language, request.user.time_zone
            found = request.user.memberships.select_related("workspace", "agent")
            membership = found.first()
        request.membership = membership  # type: ignore[attr-defined]
        request.workspace = membership and membership.workspace  # type: ignore[attr-defined]
        with translation.override(language), timezone.override(zone):
            response = self.get_response(request)
            response.headers.setdefault("Content-Language", language)
        return response


def _check_role(request: HttpRequest, role: Role) -> None:
    membership: Membership | None = request.membership  # type: ignore[attr-defined]
    if membership is None or Role(membership.role).rank < role.rank:
        raise PermissionDenied


def _ask_to_log_in(request: HttpRequest) -> HttpResponse:
    """A page is asked to come back after log-in; a script leads the browser there."""
    if request.htmx:  # type: ignore[attr-defined]
        return htmx.go(reverse("login"))
    return redirect_to_login(request.get_full_path(), reverse("login"))


def _private(response: HttpResponse) -> HttpResponse:
    """Nobody stores it; whole page and part are different answers."""
    patch_vary_headers(response, ("HX-Request", "HX-Target", "Cookie"))
    add_never_cache_headers(response)
    return response
