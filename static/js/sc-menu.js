// A details element that behaves like a menu: one is open, Escape and a click elsewhere
// close it, arrows walk through it, the first field or choice gets the focus.
class Menu extends HTMLElement {
  connectedCallback() {
    this.away = new AbortController();
    const { signal } = this.away;
    this.details = this.querySelector("details");
    this.details.addEventListener("toggle", () => this.toggled(), { signal });
    this.addEventListener("keydown", (event) => this.pressed(event), { signal });
    this.addEventListener("submit", () => this.close(), { signal });
    document.addEventListener("click", (event) => this.clicked(event), { signal });
  }

  disconnectedCallback() {
    this.away.abort();
  }

  toggled() {
    if (!this.details.open) return;
    for (const other of document.querySelectorAll("sc-menu details[open]")) {
      if (other !== this.details) other.open = false;
    }
    this.enter();
  }

  // To the first field or choice, if one is not among them already.
  enter() {
    const isIn = this.querySelector(".panel").contains(document.activeElement);
    if (this.details.open && !isIn) this.stops()[0]?.focus();
  }

  clicked(event) {
    if (!this.details.open || this.contains(event.target)) return;
    this.details.open = false;
  }

  // The focus goes back to where it came from; by its id it outlives a swap.
  close() {
    this.details.open = false;
    this.querySelector("summary").focus();
  }

  pressed(event) {
    if (!this.details.open) return;
    if (event.key === "Escape") {
      event.stopPropagation();
      this.close();
    }
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (!step || event.target.matches("select, input[list]")) return;
    event.preventDefault();
    const stops = this.stops();
    const next = stops.indexOf(document.activeElement) + step;
    stops[(next + stops.length) % stops.length]?.focus();
  }

  stops() {
    const all = this.querySelectorAll(".panel :is(a, button, select, input:not([type=hidden]))");
    return [...all].filter((stop) => stop.checkVisibility());
  }
}

customElements.define("sc-menu", Menu);
