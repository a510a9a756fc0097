// Asks every few seconds what changed. Cards on the screen are redrawn in their place,
// the open thread is read again, what is new waits behind a button: nothing moves.
const words = JSON.parse(document.getElementById("words").textContent);
const EVERY = 4000;
const AWAY = 30000;

class Pulse extends HTMLElement {
  connectedCallback() {
    this.since = this.getAttribute("since");
    this.known = new Map();
    this.fresh = new Set();
    this.button = this.querySelector("button");
    this.beat = setTimeout(() => this.ask(), EVERY);
    this.wake = () => document.hidden || this.ask();
    document.addEventListener("visibilitychange", this.wake);
  }

  disconnectedCallback() {
    clearTimeout(this.beat);
    document.removeEventListener("visibilitychange", this.wake);
  }

  async ask() {
    clearTimeout(this.beat);
    try {
      const query = new URLSearchParams(this.getAttribute("query"));
      query.set("since", this.since);
      const headers = { "HX-Request": "true" };
      const answer = await fetch(`${this.getAttribute("src")}?${query}`, { headers });
      if (answer.headers.has("HX-Redirect")) return location.reload();
      if (!answer.ok) throw new Error(answer.status);
      cut(false);
      this.hear(await answer.json());
    } catch {
      cut(true);
    }
    clearTimeout(this.beat);
    if (this.isConnected) this.beat = setTimeout(() => this.ask(), document.hidden ? AWAY : EVERY);
  }

  hear({ since, reload, changed }) {
    this.since = since;
    if (reload) return this.offer(words.reload);
    const open = document.getElementById("talk")?.dataset;
    const redraw = [];
    for (const { id, version, fresh } of changed) {
      const card = document.getElementById(`card-${id}`);
      const before = Number(card?.dataset.version ?? this.known.get(id) ?? -1);
      if (version <= before) continue;
      this.known.set(id, version);
      if (card) redraw.push(id);
      else if (fresh) this.fresh.add(id);
      if (String(id) === open?.id) htmx.ajax("GET", open.live, { swap: "none", target: "#talk" });
    }
    if (redraw.length || this.fresh.size) this.redraw(redraw, open?.id ?? "");
    if (this.fresh.size) this.offer(words.fresh.replace("{count}", this.fresh.size));
  }

  redraw(ids, current) {
    const query = new URLSearchParams(this.getAttribute("query"));
    query.set("ids", ids.join(","));
    query.set("current", current);
    const address = `${this.getAttribute("rows")}?${query}`;
    htmx.ajax("GET", address, { swap: "none", target: "#feed" });
  }

  offer(sentence) {
    this.button.querySelector("span").textContent = sentence;
    this.button.hidden = false;
  }
}

const cut = (isCut) => document.dispatchEvent(new CustomEvent("sc:cut", { detail: isCut }));
customElements.define("sc-pulse", Pulse);
