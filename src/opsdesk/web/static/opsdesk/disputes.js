"use strict";
// The dispute queue: t takes what is picked, and where nothing is picked the row one stands on.
(() => {
  const FIELDS = "input:not([type=checkbox]):not([type=radio]), textarea, select";
  document.addEventListener("keydown", (event) => {
    if (event.key !== "t" || event.ctrlKey || event.metaKey || event.altKey) return;
    const dialog = document.getElementById("dialog");
    if (document.body.dataset.keys !== "on" || dialog.open || event.target.closest(FIELDS)) return;
    const take = document.querySelector("[data-take]");
    const box = document.querySelector("[data-row].is-current input[name=case]");
    if (!take || (!box && !document.querySelector("input[name=case]:checked"))) return;
    event.preventDefault();
    if (!document.querySelector("input[name=case]:checked")) box.click();
    take.click();
  });
})();
