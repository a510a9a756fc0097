// A dialog that anything with data-opens="its id" opens; the focus goes back by itself.
class Dialog extends HTMLElement {
  connectedCallback() {
    this.away = new AbortController();
    const { signal } = this.away;
    document.addEventListener("click", (event) => this.clicked(event), { signal });
  }

  disconnectedCallback() {
    this.away.abort();
  }

  clicked(event) {
    const dialog = this.querySelector("dialog");
    const opener = event.target.closest("[data-opens]");
    if (opener?.dataset.opens === dialog.id) dialog.showModal();
    else if (event.target === dialog) dialog.close();
  }
}

customElements.define("sc-dialog", Dialog);
