"""Coming in and going out: log-in, log-out, the first visit."""

from __future__ import annotations

from django.conf import settings
from django.contrib.auth import login, logout
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme

from inbox.forms import FirstAdminForm, LogInForm
from inbox.models import Agent, Role
from inbox.services import people, workspaces
from inbox.services.people import PeopleFault
from inbox.views.access import AgentRequest, allowed, public

YEAR = 365 * 24 * 3600
BACKEND = "django.contrib.auth.backends.ModelBackend"


@public(methods=("GET", "POST"))
def log_in(request: HttpRequest) -> HttpResponse:
    """Throttled by django-axes. An installation without people asks to be set up."""
    if chosen := request.GET.get("language"):
        return _speak(request, chosen)
    if request.user.is_authenticated:
        return redirect("desk")
    if not Agent.objects.exists():
        return redirect("set_up")
    form = LogInForm(request, data=request.POST or None)
    if request.method == "POST" and form.is_valid():
        login(request, form.get_user())
        return redirect(_next(request))
    status = 422 if request.method == "POST" else 200
    context = {"form": form, "next": request.GET.get("next", "")}
    return render(request, "pages/log_in.html", context, status=status)


@allowed(Role.OPERATOR, methods=("POST",))
def log_out(request: AgentRequest) -> HttpResponse:
    logout(request)
    return redirect("login")


@public(methods=("GET", "POST"))
def set_up(request: HttpRequest) -> HttpResponse:
    """The first visit makes the first admin; afterwards this page leads to the door."""
    if chosen := request.GET.get("language"):
        return _speak(request, chosen)
    if Agent.objects.exists():
        return redirect("login")
    form = FirstAdminForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            admin = people.create_first_admin(
                workspace=workspaces.default(),
                now=timezone.now(),
                **form.person(),
            )
        except PeopleFault:
            return redirect("login")
        login(request, admin, backend=BACKEND)
        return redirect("desk")
    status = 422 if request.method == "POST" else 200
    return render(request, "pages/set_up.html", {"form": form}, status=status)


def _speak(request: HttpRequest, language: str) -> HttpResponse:
    """The same page in another language, which the browser remembers. Within, each
    agent has a language of their own."""
    rest = request.GET.copy()
    del rest["language"]
    response = redirect(f"{request.path}?{rest.urlencode()}".rstrip("?"))
    if language in dict(settings.LANGUAGES):
        response.set_cookie(
            settings.LANGUAGE_COOKIE_NAME,
            language,
            max_age=YEAR,
            secure=settings.SESSION_COOKIE_SECURE,
            httponly=True,
            samesite="Lax",
        )
    return response


def _next(request: HttpRequest) -> str:
    """Where one wanted to go, if it is a page of ours."""
    wanted = request.POST.get("next") or request.GET.get("next") or ""
    ours = url_has_allowed_host_and_scheme(
        wanted, {request.get_host()}, require_https=request.is_secure()
    )
    return wanted if ours else reverse("desk")
