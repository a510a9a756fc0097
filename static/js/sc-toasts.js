// What the program says, at the feed's foot and to readers; and when the line is cut.
const words = JSON.parse(document.getElementById("words").textContent);
const STAYS = 6000;

class Toasts extends HTMLElement {
  connectedCallback() {
    this.away = new AbortController();
    const { signal } = this.away;
    const on = (name, act) => document.body.addEventListener(name, act, { signal });
    on("toast", (event) => this.add(event.detail.words, event.detail.tone));
    on("htmx:responseError", () => this.add(words.failed, "failure"));
    on("htmx:sendError", () => cut(true));
    on("htmx:afterOnLoad", () => cut(false));
    window.addEventListener("offline", () => cut(true), { signal });
    window.addEventListener("online", () => cut(false), { signal });
    for (const toast of this.children) this.keep(toast);
  }

  disconnectedCallback() {
    this.away.abort();
  }

  add(sentence, tone) {
    const toast = document.createElement("div");
    toast.className = `toast ${tone ?? ""}`;
    toast.append(sentence);
    this.replaceChildren(toast);
    this.keep(toast);
  }

  keep(toast) {
    document.getElementById("live").textContent = toast.textContent;
    const leave = () => (toast.matches(":hover") ? setTimeout(leave, 1000) : toast.remove());
    setTimeout(leave, STAYS);
  }
}

// The bar across the top, from the first failure until something answers again.
export function cut(isCut) {
  const bar = document.getElementById("offline");
  if (isCut && bar.hidden) {
    const time = new Intl.DateTimeFormat(document.documentElement.lang, { timeStyle: "short" });
    bar.querySelector("span").textContent = words.offline.replace("{time}", time.format());
  }
  bar.hidden = !isCut;
}

document.addEventListener("sc:cut", (event) => cut(event.detail));
customElements.define("sc-toasts", Toasts);
