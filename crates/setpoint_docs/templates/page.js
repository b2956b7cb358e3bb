// Filters the rows that are in the page already. The filter is in the fragment, so that a search can be linked:
// #q=timeout&layer=code&show=documented. Without this program the page shows everything.
"use strict";
(() => {
  const form = document.getElementById("filter");
  const none = document.getElementById("none");
  const said = form.querySelector("output");
  const fields = ["q", "layer", "show"];
  const rows = Array.from(document.querySelectorAll(".group > details"), (row) => ({
    row,
    text: row.textContent.toLowerCase(),
    layer: row.dataset.layer,
    is: row.dataset.is.split(" "),
  }));
  const parts = [".group", ".part"].map((kind) => Array.from(document.querySelectorAll(kind)));

  function filter() {
    const words = form.elements.q.value.toLowerCase().split(/\s+/).filter(Boolean);
    const layer = form.elements.layer.value;
    const show = form.elements.show.value;
    let shown = 0;
    for (const { row, text, layer: its, is } of rows) {
      const fits =
        words.every((word) => text.includes(word)) && (!layer || its === layer) && (!show || is.includes(show));
      row.hidden = !fits;
      shown += fits ? 1 : 0;
    }
    for (const part of parts.flat()) {
      part.hidden = !part.querySelector("details:not([hidden])");
    }
    none.hidden = shown > 0 || rows.length === 0;
    said.textContent = shown === rows.length ? `${shown} defaults` : `${shown} of ${rows.length} defaults`;
  }

  function remember() {
    const state = new URLSearchParams();
    for (const field of fields) {
      if (form.elements[field].value) state.set(field, form.elements[field].value);
    }
    history.replaceState(null, "", `#${state}`);
  }

  function recall() {
    const row = document.getElementById(location.hash.slice(1));
    const state = new URLSearchParams(row ? "" : location.hash.slice(1));
    for (const field of fields) {
      form.elements[field].value = state.get(field) ?? "";
    }
    filter();
    if (row instanceof HTMLDetailsElement) {
      row.open = true;
      row.scrollIntoView({ block: "center" });
    }
  }

  form.hidden = false;
  form.addEventListener("input", () => { filter(); remember(); });
  form.addEventListener("submit", (event) => event.preventDefault());
  none.querySelector("button").addEventListener("click", () => { form.reset(); filter(); remember(); });
  addEventListener("hashchange", recall);
  addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === "/" && !event.target.closest("input, select")) {
      event.preventDefault();
      form.elements.q.focus();
      form.elements.q.select();
    } else if (event.key === "Escape" && event.target === form.elements.q) {
      form.elements.q.value = "";
      filter();
      remember();
    }
  });
  // Paper has no triangles to click: what is written down about a default is printed with it.
  addEventListener("beforeprint", () => {
    for (const { row, is } of rows) {
      if (is.includes("documented") || is.includes("finding")) row.open = true;
    }
  });
  recall();
})();
