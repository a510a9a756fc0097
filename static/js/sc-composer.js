// Counts by the network's rule, sends by Ctrl+Enter, says that the draft is kept, and
// takes note of what the thread shows only while nothing is being written.
const words = JSON.parse(document.getElementById("words").textContent);
const LINKS = /https?:\/\/\S+/g;
const MENTIONS = /(^|[^\w@])@(\w+)@[\w.-]+\w/g;

class Composer extends HTMLElement {
  connectedCallback() {
    this.away = new AbortController();
    const { signal } = this.away;
    this.form = this.querySelector("form");
    this.text = this.form.elements.text;
    this.form.addEventListener("input", () => this.count(), { signal });
    this.text.addEventListener("keydown", (event) => this.pressed(event), { signal });
    const on = (name, act) => document.body.addEventListener(name, act, { signal });
    on("draft-kept", () => (this.querySelector(".kept").hidden = !this.text.value.trim()));
    on("htmx:oobAfterSwap", (event) => event.detail.target?.id === "thread" && this.look());
    this.count();
    if (this.querySelector("[aria-invalid]")) this.text.focus();
  }

  disconnectedCallback() {
    this.away.abort();
  }

  pressed(event) {
    if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey)) return;
    event.preventDefault();
    // A click, not a submit: htmx learns from it which button, and so where to.
    [...this.querySelectorAll(".send")].find((button) => button.checkVisibility()).click();
  }

  // What one sees is seen, unless a draft was begun before it came.
  look() {
    const { seen } = document.getElementById("thread").dataset;
    const isBegun = this.text.value.trim() !== "";
    if (!isBegun) this.form.elements.seen.value = seen;
    else if (this.form.elements.seen.value !== seen) this.say(words.moved);
  }

  count() {
    const { limit, ...rule } = this.form.querySelector("[name=visibility]:checked")?.dataset ?? {};
    const left = Number(limit) - measure(this.text.value, rule);
    const isTold = limit && this.text.value;
    const sentence = left < 0 ? words.over.replace("{count}", -left) : words.remaining.replace("{count}", left);
    this.say(isTold ? sentence : "", isTold && left < 0);
  }

  say(sentence, isOver = false) {
    const left = this.querySelector(".left");
    left.textContent = sentence;
    left.classList.toggle("over", Boolean(isOver));
  }
}

// The length as the network will find it; its own word is the last.
function measure(text, { unit, url, shortMentions }) {
  let counted = shortMentions ? text.replace(MENTIONS, "$1@$2") : text;
  if (url) counted = counted.replace(LINKS, "x".repeat(Number(url)));
  if (unit === "utf16") return counted.length;
  if (unit === "bytes") return new TextEncoder().encode(counted).length;
  if (unit === "code_points") return [...counted].length;
  return [...new Intl.Segmenter().segment(counted)].length;
}

customElements.define("sc-composer", Composer);
