"use strict";
(() => {
  // A cell of the heat map opens its bands and times.
  const chosen = document.getElementById("chosen");
  document.addEventListener("click", (event) => {
    const cell = event.target.closest("[data-conflict]");
    if (!cell || !chosen) return;
    document.querySelectorAll("[aria-pressed=true]").forEach((old) => old.setAttribute("aria-pressed", "false"));
    cell.setAttribute("aria-pressed", "true");
    const words = document.getElementById("conflict-" + cell.dataset.conflict);
    if (words) chosen.replaceChildren(words.content.cloneNode(true));
  });
})();
