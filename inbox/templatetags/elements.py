"""The page's own custom elements, and the words they say."""

from __future__ import annotations

from django import template
from django.templatetags.static import static
from django.utils import timezone
from django.utils.html import format_html, format_html_join, json_script
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

register = template.Library()

ELEMENTS = (
    "clock",
    "composer",
    "dialog",
    "feed",
    "keys",
    "menu",
    "pulse",
    "toasts",
)


@register.simple_tag
def elements() -> SafeString:
    """The script tags of all elements; each is a module that defines one."""
    addresses = ((static(f"js/sc-{name}.js"),) for name in ELEMENTS)
    return format_html_join("\n", '<script type="module" src="{}"></script>', addresses)


@register.simple_tag
def element_words() -> SafeString:
    """What the elements say, in the reader's language, as data of the page."""
    return format_html("{}", json_script(_words(), "words"))


def _words() -> dict[str, str]:
    return {
        "now": timezone.now().isoformat(),
        "left": _("{duration} left"),
        "late": _("{duration} late"),
        "min": _("{count} min"),
        "h": _("{count} h"),
        "s": _("{count} s"),
        "fresh": _("{count} new"),
        "reload": _("Much has happened: show it"),
        "remaining": _("{count} left"),
        "over": _("{count} too many"),
        "kept": _("draft kept"),
        "offline": _(
            "No connection since {time}. Keep writing: your drafts are safe here."
        ),
        "failed": _("The program did not answer. Nothing was changed."),
        "moved": _("There is something new above your draft."),
    }
