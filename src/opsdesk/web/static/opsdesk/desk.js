"use strict";
(() => {
  const REFRESH_MS = 30000;
  const PRESENCE_MS = 20000;
  const WIDE = window.matchMedia("(min-width: 701px)");
  const dialog = document.getElementById("dialog");
  const content = document.getElementById("dialog-content");
  const toast = document.getElementById("toast");
  const PICKS = "input[name=case], input[name=arrival]";
  const all = (selector, within) => Array.from((within || document).querySelectorAll(selector));

  // Drafts: what was typed in a form survives closing it, losing the connection and being overtaken.
  const draftKey = (form) => "draft:" + form.dataset.draft;
  const draftFields = (form) => all("textarea, input[type=text], select", form).filter((field) => field.name);
  const draftChoices = (form) => all("input[type=radio]", form);

  function keepDraft(form) {
    const values = {};
    draftFields(form).forEach((field) => { values[field.name] = field.value; });
    draftChoices(form).forEach((choice) => { if (choice.checked) values[choice.name] = choice.value; });
    sessionStorage.setItem(draftKey(form), JSON.stringify(values));
  }
  function restoreDraft(form) {
    if (form.dataset.sent !== undefined) return;
    const kept = sessionStorage.getItem(draftKey(form));
    if (!kept) return;
    const values = JSON.parse(kept);
    draftFields(form).forEach((field) => { if (values[field.name] !== undefined) field.value = values[field.name]; });
    draftChoices(form).forEach((choice) => { if (values[choice.name] === choice.value) choice.checked = true; });
  }
  function dropDraft(form) { sessionStorage.removeItem(draftKey(form)); }

  // Dialogs: a link marked data-dialog opens over the page where there is room, else it is a page of its own.
  // While a dialog is on its way, what is typed ahead must not act on the case behind it.
  let opening = false;
  function openDialog(address) {
    opening = true;
    window.htmx.ajax("GET", address, { target: "#dialog-content", swap: "innerHTML" })
      .finally(() => { opening = false; });
  }
  function closeDialog() { if (dialog.open) dialog.close(); }
  function prepare(within) {
    all("form[data-draft]", within).forEach(restoreDraft);
    all("[data-select-part]", within).forEach(followSelection);
    all("[data-wordings]", within).forEach((row) => { row.hidden = false; });
  }

  // Templates: the chosen one's text goes to where the caret is; nothing typed is lost, and it can be undone.
  function insertWording(row) {
    const chosen = row.querySelector("select").selectedOptions[0];
    const text = row.closest("form").elements.text;
    text.focus();
    if (!chosen || !chosen.dataset.text) return;
    if (document.execCommand("insertText", false, chosen.dataset.text)) return;
    text.setRangeText(chosen.dataset.text, text.selectionStart, text.selectionEnd, "end");
    text.dispatchEvent(new Event("input", { bubbles: true }));
  }
  function weighFiles(field) {
    const bytes = Array.from(field.files).reduce((sum, file) => sum + file.size, 0);
    const note = field.form.querySelector("[data-too-large]");
    if (note) note.hidden = bytes <= Number(field.dataset.mostBytes);
  }

  document.addEventListener("click", (event) => {
    const link = event.target.closest("[data-dialog]");
    if (link && WIDE.matches && !event.ctrlKey && !event.metaKey && !event.shiftKey && event.button === 0) {
      event.preventDefault();
      openDialog(link.href);
      return;
    }
    if (event.target.closest("[data-close]") && dialog.open) {
      event.preventDefault();
      closeDialog();
    }
    const frame = event.target.closest("[data-frame]");
    if (frame && event.button === 0 && !event.ctrlKey && !event.metaKey) {
      event.preventDefault();
      showAsSent(frame);
    }
    if (event.target.closest("[data-toast-close]")) toast.replaceChildren();
    if (event.target.closest("[data-insert]")) insertWording(event.target.closest("[data-wordings]"));
  });

  document.addEventListener("input", (event) => {
    const form = event.target.closest("form[data-draft]");
    if (form) keepDraft(form);
    if (event.target.matches("[data-pick-all]")) {
      all(PICKS).forEach((box) => { box.checked = event.target.checked; });
    }
    if (event.target.matches(`[data-pick-all], ${PICKS}`)) countPicked();
  });

  document.addEventListener("change", (event) => {
    const form = event.target.closest("form[data-submit-on-change]");
    if (form) form.requestSubmit();
    if (event.target.matches("input[data-most-bytes]")) weighFiles(event.target);
  });

  // A form is sent once: not again while it is under way, nor while the page that answers it is on its way.
  document.addEventListener("submit", (event) => {
    if (event.target.dataset.underWay === undefined) return;
    event.preventDefault();
    event.stopImmediatePropagation();
  }, true);
  window.addEventListener("pageshow", () => {
    all("form[data-under-way]").forEach((form) => { delete form.dataset.underWay; });
  });

  document.addEventListener("submit", (event) => {
    if (!event.defaultPrevented && (event.target.elements.form_key || event.target.elements.once_key)) event.target.dataset.underWay = "";
    // Sent without htmx, the answer is a whole page: with the text in it, or with the act done.
    if (!event.defaultPrevented && event.target.matches("form[data-draft]")) dropDraft(event.target);
    if (!event.target.matches("form[data-bulk]") || !WIDE.matches || !event.submitter) return;
    event.preventDefault();
    openDialog(event.submitter.formAction + "?" + new URLSearchParams(new FormData(event.target)));
  });

  // HTML mail comes on demand, in a frame that may do nothing, as high as its text.
  function showAsSent(link) {
    const frame = document.createElement("iframe");
    frame.className = "mail";
    frame.setAttribute("sandbox", "allow-same-origin allow-popups");
    frame.title = link.dataset.frame;
    frame.src = link.href;
    frame.addEventListener("load", () => {
      const inner = frame.contentDocument;
      if (inner && inner.documentElement) frame.height = Math.min(inner.documentElement.scrollHeight + 4, 4000);
      if (inner && inner.documentElement) frame.style.blockSize = frame.height + "px";
    });
    link.replaceWith(frame);
    frame.focus();
  }

  // Splitting: the selected part of the message is what the new case is about.
  function followSelection(text) {
    const form = text.closest("form");
    // A read-only field has no caret in every browser: this one has, and takes no change.
    text.readOnly = false;
    text.setAttribute("aria-readonly", "true");
    text.addEventListener("beforeinput", (event) => event.preventDefault());
    const points = (end) => Array.from(text.value.slice(0, end)).length;
    const take = () => {
      if (text.selectionStart === text.selectionEnd) return;
      form.elements.part.value = text.value.slice(text.selectionStart, text.selectionEnd);
      form.elements.start.value = points(text.selectionStart);
      form.elements.message.value = text.dataset.message;
    };
    ["select", "keyup", "mouseup"].forEach((name) => text.addEventListener(name, take));
  }

  // Rows: j and k walk, x picks; what is picked or open stops the refresh.
  const rows = () => all("[data-row]");
  let current = null;
  function markCurrent(row, focus) {
    rows().forEach((each) => each.classList.toggle("is-current", each === row));
    current = row ? row.dataset.row : null;
    if (row && focus) {
      row.querySelector("a.open").focus({ preventScroll: true });
      row.scrollIntoView({ block: "nearest" });
    }
  }
  // Cases, deals and disputes are numbered each by themselves: a list and a page say which they are about.
  const CASES = "/cases/";
  const baseOf = (element) => element.dataset.base || CASES;
  function keepList() {
    const list = document.getElementById("list");
    if (!list) return;
    const ids = rows().map((row) => row.dataset.row);
    const kept = { at: location.pathname + location.search, base: baseOf(list), ids };
    sessionStorage.setItem("list", JSON.stringify(kept));
  }
  function linkList() {
    const kept = JSON.parse(sessionStorage.getItem("list") || "null");
    const here = document.querySelector("[data-case]");
    if (!here || !kept || (kept.base || CASES) !== baseOf(here)) return;
    const at = kept.ids.indexOf(here.dataset.case);
    const back = document.querySelector("[data-back]");
    if (back) back.href = kept.at;
    [["[data-previous]", at - 1], ["[data-next]", at + 1]].forEach(([selector, place]) => {
      const link = document.querySelector(selector);
      if (!link || at < 0 || !kept.ids[place]) return;
      link.href = baseOf(here) + kept.ids[place];
      link.hidden = false;
    });
  }
  function step(by) {
    const list = rows();
    if (!list.length) return;
    const at = list.findIndex((row) => row.dataset.row === current);
    const next = at < 0 ? (by > 0 ? 0 : list.length - 1) : Math.min(Math.max(at + by, 0), list.length - 1);
    markCurrent(list[next], true);
  }
  function pick() {
    const row = rows().find((each) => each.dataset.row === current);
    const box = row && row.querySelector(PICKS);
    if (!box) return;
    box.checked = !box.checked;
    countPicked();
  }
  function countPicked() {
    const count = all(PICKS).filter((box) => box.checked).length;
    all("[data-row]").forEach((row) => {
      const box = row.querySelector(PICKS);
      row.classList.toggle("is-selected", Boolean(box && box.checked));
    });
    all("[data-picked]").forEach((bar) => {
      bar.hidden = count === 0;
      bar.classList.toggle("is-active", count > 0);
      const place = bar.querySelector("[data-picked-count]");
      if (place) place.textContent = String(count);
    });
  }

  // Keys: off while typing, while a dialog is open, and for whoever switched them off.
  const FIELDS = "input:not([type=checkbox]):not([type=radio]), textarea, select, [contenteditable]";
  const typing = (target) => target.closest(FIELDS) && (dialog.open || !dialog.contains(target));
  function byKey(key) {
    // A proposal on the page has its key before the move that does the same by hand.
    const found = all("[data-key]").filter((each) => each.dataset.key === key && !each.hidden);
    return found.find((each) => each.closest(".proposal")) || found[0];
  }
  document.addEventListener("keydown", (event) => {
    if ((event.ctrlKey || event.metaKey) && event.key === "Enter") {
      const form = event.target.closest("form[method=post]");
      if (form) { event.preventDefault(); form.requestSubmit(form.querySelector("button.primary") || undefined); }
      return;
    }
    if (event.key === "Escape" && typing(event.target) && !dialog.open) { event.target.blur(); return; }
    if (document.body.dataset.keys !== "on" || event.ctrlKey || event.metaKey || event.altKey) return;
    if (opening || dialog.open || typing(event.target)) return;
    if (event.key === "j" || event.key === "k") { event.preventDefault(); step(event.key === "j" ? 1 : -1); return; }
    if (event.key === "x") { pick(); return; }
    if (event.key === "/") {
      const search = document.querySelector("[data-search]");
      if (search) { event.preventDefault(); search.focus(); search.select(); return; }
    }
    const target = byKey(event.key);
    if (target) { event.preventDefault(); target.click(); }
  });
  document.addEventListener("focusin", (event) => {
    const row = event.target.closest("[data-row]");
    if (row) markCurrent(row, false);
  });

  // Refresh: every 30 s, never while a dialog is open, a row is picked, something is typed, or nobody looks.
  function quiet() {
    return !dialog.open && !document.hidden && !all(PICKS).some((box) => box.checked)
      && !(document.activeElement && typing(document.activeElement));
  }
  function refresh() {
    if (quiet()) all("[data-refresh]").forEach((each) => window.htmx.trigger(each, "refresh"));
  }
  function present() {
    if (document.hidden) return;
    all("[data-presence]").forEach((each) => {
      const form = dialog.open ? dialog.querySelector("form[data-noun]") : document.querySelector("form[data-noun]");
      const field = each.querySelector("[name=writing]");
      if (field) field.value = form ? form.dataset.noun : "";
      window.htmx.trigger(each, "presence");
    });
  }

  function say(text) {
    const box = document.createElement("div");
    box.className = "toast";
    box.append(text);
    const close = document.createElement("button");
    close.type = "button";
    close.className = "button small";
    close.dataset.toastClose = "";
    close.textContent = document.body.dataset.closeLabel;
    box.append(close);
    toast.replaceChildren(box);
  }
  ["htmx:responseError", "htmx:sendError", "htmx:timeout"].forEach((name) => {
    document.body.addEventListener(name, (event) => {
      const quietly = event.detail.elt && event.detail.elt.closest("[data-refresh], [data-presence]");
      const gone = event.detail.xhr && event.detail.xhr.status === 404;
      if (!quietly) say(gone ? document.body.dataset.gone : document.body.dataset.error);
    });
  });
  // What a refresh replaces keeps its place: what was unfolded, and what has the keyboard.
  const REACHED = "a[href], button, summary, input, select, textarea";
  const nameOf = (each) => each.id || [each.tagName, each.getAttribute("href"), each.name, each.textContent].join(" ");
  const alike = (within, name) => [...within.querySelectorAll(REACHED)].filter((each) => nameOf(each) === name);
  let unfolded = [];
  let reached = null;
  document.body.addEventListener("htmx:beforeSwap", (event) => {
    unfolded = all("details[id][open]").map((each) => each.id);
    const held = document.activeElement;
    const within = event.detail.target;
    reached = null;
    if (!held || !within.id || !within.contains(held) || !within.matches("[data-refresh]")) return;
    const name = nameOf(held);
    reached = { within: within.id, name, at: alike(within, name).indexOf(held) };
  });
  function reachAgain() {
    const within = reached && document.getElementById(reached.within);
    if (!within || within.contains(document.activeElement)) return;
    const found = alike(within, reached.name);
    const same = found[reached.at] || found[0];
    if (same) same.focus({ preventScroll: true });
    reached = null;
  }
  document.body.addEventListener("htmx:afterSwap", (event) => {
    unfolded.map((id) => document.getElementById(id)).forEach((each) => { if (each) each.open = true; });
    reachAgain();
    if (event.detail.target === content && content.childElementCount) {
      if (!dialog.open) dialog.showModal();
      const first = content.querySelector("textarea, .dialog-body select, .dialog-body input:not([type=hidden]), button.primary");
      if (first) first.focus();
    }
    prepare(event.detail.target.isConnected ? event.detail.target : document);
    if (dialog.open && content.contains(event.detail.elt)) {
      const wrong = content.querySelector(".says.is-bad, [aria-invalid=true]");
      if (wrong) wrong.focus();
    }
    keepList();
    if (current !== null) markCurrent(rows().find((row) => row.dataset.row === current) || null, false);
    countPicked();
  });
  document.body.addEventListener("htmx:beforeRequest", (event) => {
    if (event.detail.elt.matches("form[method=post]")) event.detail.elt.dataset.underWay = "";
  });
  document.body.addEventListener("htmx:afterRequest", (event) => {
    const sent = event.detail.elt;
    const done = event.detail.xhr && event.detail.xhr.status === 204;
    if (!done && sent.dataset) delete sent.dataset.underWay;
    const form = sent.closest && sent.closest("form[data-draft]");
    if (form && done) dropDraft(form);
  });
  if (dialog) dialog.addEventListener("close", () => { if (!dialog.open && !opening) content.replaceChildren(); });

  const side = document.getElementById("side");
  const unfold = document.getElementById("unfold");
  if (side && unfold) {
    side.classList.add("is-scripted");
    unfold.addEventListener("click", () => {
      unfold.setAttribute("aria-expanded", String(side.classList.toggle("is-unfolded")));
    });
  }
  prepare(document);
  keepList();
  linkList();
  countPicked();
  setInterval(refresh, REFRESH_MS);
  setInterval(present, PRESENCE_MS);
  if (window.htmx) present();
})();
