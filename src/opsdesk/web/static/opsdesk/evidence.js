"use strict";
// Evidence: files go up one by one with their progress. One that is refused stays on the page, to be tried again;
// nothing typed is touched. Without this script the form sends what was chosen.
(() => {
  // `elements.item` is a method of the browser's, so fields are found by their names.
  const field = (form, name) => form.querySelector("[name=" + name + "]");
  const all = (selector, within) => Array.from((within || document).querySelectorAll(selector));

  function row(list, name) {
    const item = document.createElement("li");
    const label = document.createElement("span");
    label.className = "file-name";
    label.textContent = name;
    const bar = document.createElement("progress");
    bar.max = 1;
    bar.value = 0;
    bar.setAttribute("aria-label", name);
    const said = document.createElement("span");
    item.append(label, " ", bar, " ", said);
    list.append(item);
    return { item, bar, said };
  }

  function finish(form, file, line, added, words) {
    line.bar.hidden = true;
    line.said.className = added ? "chip is-good" : "is-refused";
    line.said.textContent = words;
    if (added) return;
    const again = document.createElement("button");
    again.type = "button";
    again.className = "button small";
    again.textContent = form.dataset.again;
    again.addEventListener("click", () => { line.item.remove(); send(form, [file]); });
    line.item.append(" ", again);
  }

  function sendOne(form, file, line) {
    return new Promise((resolve) => {
      const data = new FormData();
      ["csrfmiddlewaretoken", "item", "kind"].forEach((name) => data.append(name, field(form, name).value));
      data.append("files", file, file.name);
      const request = new XMLHttpRequest();
      request.open("POST", form.action);
      request.setRequestHeader("X-One-File", "1");
      request.upload.addEventListener("progress", (event) => {
        if (event.lengthComputable) line.bar.value = event.loaded / event.total;
      });
      const lost = () => { finish(form, file, line, false, form.dataset.lost); resolve(); };
      ["error", "abort", "timeout"].forEach((name) => request.addEventListener(name, lost));
      request.addEventListener("load", () => {
        let answer;
        try { answer = JSON.parse(request.responseText); } catch { lost(); return; }
        finish(form, file, line, answer.added, answer.words);
        resolve();
      });
      line.said.textContent = form.dataset.sending;
      request.send(data);
    });
  }

  async function send(form, files) {
    const list = form.querySelector("[data-uploads]");
    const most = Number(field(form, "files").dataset.mostBytes);
    const waiting = files.map((file) => {
      const line = row(list, file.name);
      line.said.textContent = form.dataset.waiting;
      return { file, line };
    });
    field(form, "files").value = "";
    for (const { file, line } of waiting) {
      if (file.size > most) finish(form, file, line, false, form.dataset.tooLarge);
      else await sendOne(form, file, line);
    }
    all("#evidence, #next-step").forEach((part) => window.htmx.trigger(part, "evidence"));
  }

  // A file that nothing can be drawn of says so where its picture would be.
  function undrawn(image) {
    const words = document.createElement("span");
    words.className = "small";
    words.textContent = image.dataset.undrawn;
    image.replaceWith(words);
  }

  function prepare(within) {
    all("img[data-undrawn]", within).forEach((image) => {
      if (image.complete && !image.naturalWidth && image.currentSrc) undrawn(image);
      else image.addEventListener("error", () => undrawn(image), { once: true });
    });
    all("[data-copy]", within).forEach((button) => { button.hidden = !navigator.clipboard; });
    all("form[data-upload]", within).forEach((form) => {
      if (form.dataset.ready) return;
      form.dataset.ready = "1";
      const drop = form.querySelector("[data-drop]");
      form.querySelector("[data-drop-words]").hidden = false;
      form.addEventListener("submit", (event) => {
        event.preventDefault();
        send(form, Array.from(field(form, "files").files));
      });
      ["dragenter", "dragover"].forEach((name) => drop.addEventListener(name, (event) => {
        event.preventDefault();
        drop.classList.add("is-over");
      }));
      ["dragleave", "drop"].forEach((name) => drop.addEventListener(name, () => drop.classList.remove("is-over")));
      drop.addEventListener("drop", (event) => {
        event.preventDefault();
        send(form, Array.from(event.dataTransfer.files));
      });
    });
  }

  document.addEventListener("click", (event) => {
    const copy = event.target.closest("[data-copy]");
    if (copy) {
      navigator.clipboard.writeText(copy.dataset.copy).then(() => { copy.textContent = copy.dataset.copied; });
    }
    const add = event.target.closest("[data-add-to]");
    const form = document.querySelector("form[data-upload]");
    if (add && form) {
      event.preventDefault();
      field(form, "item").value = add.dataset.addTo;
      form.scrollIntoView({ block: "center" });
      field(form, "files").focus();
    }
  });
  document.body.addEventListener("htmx:afterSwap", () => prepare(document));
  prepare(document);
})();
