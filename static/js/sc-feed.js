// Marks the card of the open conversation, and goes on to the next one after resolving.
class Feed extends HTMLElement {
  connectedCallback() {
    this.away = new AbortController();
    const { signal } = this.away;
    const on = (name, act) => document.body.addEventListener(name, act, { signal });
    on("htmx:afterSwap", (event) => event.detail.target?.id === "talk" && this.mark());
    on("htmx:historyRestore", () => this.mark());
    // The answer that says so redraws the card as well, right after: that one leaves.
    on("resolved", (event) => setTimeout(() => this.resolved(String(event.detail.id))));
    this.mark();
  }

  disconnectedCallback() {
    this.away.abort();
  }

  mark() {
    const open = document.getElementById("talk")?.dataset.id;
    for (const card of this.querySelectorAll(".card")) {
      if (card.dataset.id !== open) {
        card.removeAttribute("aria-current");
        continue;
      }
      card.setAttribute("aria-current", "true");
      card.classList.remove("unread");
      card.scrollIntoView({ block: "nearest" });
    }
  }

  // The card fades, the next one gets the focus and, beside an open thread, is opened.
  resolved(id) {
    const card = document.getElementById(`card-${id}`);
    if (!card) return;
    const cards = [...this.querySelectorAll(".card")];
    const at = cards.indexOf(card);
    const next = cards[at + 1] ?? cards[at - 1];
    card.classList.add("leaving");
    setTimeout(() => card.remove(), 140);
    if (!next || matchMedia("(max-width: 640px)").matches) return;
    next.focus({ preventScroll: true });
    next.click();
  }
}

customElements.define("sc-feed", Feed);
