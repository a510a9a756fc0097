// Counts on from the stored due time: words, ring and state of a clock chip.
const words = JSON.parse(document.getElementById("words").textContent);
const ahead = Date.parse(words.now) - Date.now(); // the server's clock is the judge
const RING = 18.85;
const HOUR = 3600;
const DAY = 86400;
const shown = new Set();

class Clock extends HTMLElement {
  connectedCallback() {
    this.due = Date.parse(this.getAttribute("due"));
    this.since = Date.parse(this.getAttribute("since") ?? "");
    shown.add(this);
  }

  disconnectedCallback() {
    shown.delete(this);
  }

  tell() {
    const chip = this.firstElementChild;
    const now = Date.now() + ahead;
    const left = (this.due - now) / 1000;
    const share = this.since < this.due ? (now - this.since) / (this.due - this.since) : 0;
    const soon = share >= 0.5 || left < HOUR;
    const state = left <= 0 ? "late" : soon ? "soon" : "fine";
    chip.className = `clock ${state}`;
    const words = said(state === "late" ? "late" : "left", duration(Math.abs(left)));
    const text = chip.querySelector(".left");
    if (text.textContent !== words) text.textContent = words;
    const dash = Math.min(Math.max(share, 0), 1) * RING;
    chip.querySelector(".used").setAttribute("stroke-dasharray", `${dash.toFixed(1)} ${RING}`);
  }
}

function said(key, length) {
  return words[key].replace("{duration}", length);
}

// The same words as the server's: seconds, minutes, hours and minutes, days.
function duration(seconds) {
  const whole = Math.floor(seconds);
  if (whole < 60) return unit("s", whole);
  if (whole < HOUR) return unit("min", Math.floor(whole / 60));
  if (whole < 2 * DAY) return hours(whole);
  const days = { style: "unit", unit: "day", unitDisplay: "long" };
  const language = document.documentElement.lang;
  return new Intl.NumberFormat(language, days).format(Math.floor(whole / DAY));
}

function hours(whole) {
  const count = Math.floor(whole / HOUR);
  const minutes = Math.floor((whole % HOUR) / 60);
  const both = minutes && count < 10;
  return unit("h", count) + (both ? ` ${unit("min", minutes)}` : "");
}

function unit(key, count) {
  return words[key].replace("{count}", count).replace(" ", "\u00a0");
}

customElements.define("sc-clock", Clock);
setInterval(() => document.hidden || shown.forEach((clock) => clock.tell()), 5000);
