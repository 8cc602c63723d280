"use strict";
// Countdowns tick while a page is open. The server wrote each as of its own clock: what counts is how much
// time passed since then, not what the clock of this machine says. Phrases come from the page, in its language.
(() => {
  const meta = document.querySelector("meta[name=countdown]");
  if (!meta) return;
  const words = JSON.parse(meta.content);
  const MINUTE = 60;
  const HOUR = 3600;
  const DAY = 86400;
  const asOf = document.querySelector("#as-of time");
  const skew = asOf ? Date.parse(asOf.dateTime) - Date.now() : 0;
  const fill = (phrase, values) => phrase.replace(/%\((\w+)\)(02)?[ds]/g, (_all, name, wide) => (
    wide ? String(values[name]).padStart(2, "0") : String(values[name])
  ));

  function span(left) {
    const days = Math.floor(left / DAY);
    const minutes = Math.floor((left % HOUR) / MINUTE);
    if (left >= DAY) return fill(words.days, { days, hours: Math.floor((left % DAY) / HOUR) });
    if (left >= HOUR) return fill(words.hours, { hours: Math.floor(left / HOUR), minutes });
    if (left >= MINUTE) return fill(words.minutes, { minutes, seconds: left % MINUTE });
    return fill(words.seconds, { seconds: left });
  }
  function tick() {
    const now = Date.now() + skew;
    document.querySelectorAll("time[data-countdown]").forEach((each) => {
      const left = Math.ceil((Date.parse(each.dateTime) - now) / 1000);
      const text = left > 0 ? fill(words.left, { span: span(left) }) : words.up;
      if (each.textContent !== text) each.textContent = text;
      each.classList.toggle("is-late", left <= 0);
      each.classList.toggle("is-soon", left > 0 && left <= DAY);
    });
  }
  tick();
  setInterval(tick, 1000);
  document.addEventListener("htmx:afterSwap", tick);
})();
