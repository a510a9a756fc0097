// The keyboard. A control says which key is its own: data-key="e". Single keys rest
// while a field has the focus; j and k walk through the feed.
document.documentElement.classList.add("scripted");
const FIELDS = "input:not([type=radio], [type=checkbox]), textarea, select, [contenteditable]";
const STEPS = { j: 1, k: -1 };

class Keys extends HTMLElement {
  connectedCallback() {
    this.away = new AbortController();
    const { signal } = this.away;
    document.addEventListener("keydown", (event) => this.pressed(event), { signal });
  }

  disconnectedCallback() {
    this.away.abort();
  }

  pressed(event) {
    const { key } = event;
    if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return;
    if (document.querySelector("dialog[open]")) return;
    if (key === "F6") return this.done(event, nextPane(event.shiftKey));
    if (event.target.matches(FIELDS)) return key === "Escape" && event.target.blur();
    if (key === "?") return this.done(event, document.getElementById("key-sheet").showModal());
    if (STEPS[key]) return this.done(event, walk(STEPS[key]));
    if (key === "o") return this.done(event, document.activeElement.closest?.(".card")?.click());
    const control = owner(key);
    if (control) this.done(event, use(control));
  }

  done(event) {
    event.preventDefault();
  }
}

// The visible control of a key; letters count whatever the layout's case.
function owner(key) {
  if (key.length > 1 && key !== "Escape") return null;
  const all = document.querySelectorAll(`[data-key="${CSS.escape(key)}"]`);
  return [...all].find((control) => control.checkVisibility());
}

function use(control) {
  control.click();
  control.closest("sc-menu")?.enter(); // before the next key, which may come at once
  if (control.name === "visibility") control.form.elements.text.focus();
}

// Beside an open thread the next card opens, otherwise it only gets the focus.
function walk(step) {
  const cards = [...document.querySelectorAll(".feed .card")];
  const here = document.activeElement.closest?.(".card") ?? document.querySelector(".card[aria-current]");
  const next = cards[Math.min(Math.max(cards.indexOf(here) + step, 0), cards.length - 1)];
  if (!next) return;
  next.focus();
  next.scrollIntoView({ block: "nearest" });
  if (document.querySelector(".talk[data-id]") && next !== here) next.click();
}

function nextPane(isBack) {
  const stops = [".queue-row[aria-current], .queue-row", ".card[aria-current], .card", "#thread"];
  const panes = stops.map((stop) => document.querySelector(stop)).filter((stop) => stop?.checkVisibility());
  const here = panes.findIndex((stop) => stop.closest("nav, section").contains(document.activeElement));
  panes.at((here + (isBack ? -1 : 1) + panes.length) % panes.length)?.focus();
}

customElements.define("sc-keys", Keys);
