// What the console does beyond its pages, which are complete without it: the overview stays
// current, a box ticks all boxes, and an address forgets what was done just now.
"use strict";

const PERIOD_MS = 5000;

function keepCurrent(place) {
  const said = document.querySelector("[data-live-said]");
  const shown = new Map();
  let isAsking = false;

  function renew(part) {
    const old = document.getElementById(part.id);
    const before = shown.get(part.id);
    shown.set(part.id, part.outerHTML);
    if (!old || before === part.outerHTML || old.contains(document.activeElement)) return;
    for (const opened of old.querySelectorAll("details[open]")) {
      const again = part.querySelector(`#${opened.id}`);
      if (again) again.open = true;
    }
    if (part.dataset.said && part.dataset.said !== old.dataset.said) {
      said.textContent = part.dataset.said;
    }
    old.replaceWith(part);
  }

  async function ask() {
    if (document.hidden || isAsking) return;
    isAsking = true;
    try {
      const answer = await fetch(place.dataset.live);
      if (answer.redirected) location.reload();
      if (!answer.ok || answer.redirected) return;
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      page.querySelectorAll("[id^=live-]").forEach(renew);
    } catch {
      // Out of reach for now; what is shown stays.
    } finally {
      isAsking = false;
    }
  }

  setInterval(ask, PERIOD_MS);
  document.addEventListener("visibilitychange", ask);
}

function tickAll(form) {
  const all = form.querySelector("[data-tick-all]");
  const boxes = [...form.querySelectorAll("input[name=alert]")];
  const ticked = form.querySelector("[data-ticked]");
  const unticked = form.querySelector("[data-unticked]");

  function count() {
    const number = boxes.filter((box) => box.checked).length;
    all.checked = number === boxes.length;
    all.indeterminate = number > 0 && number < boxes.length;
    ticked.hidden = number === 0;
    unticked.hidden = number > 0;
    ticked.textContent = `${ticked.dataset.says} ${number}`;
  }

  all.hidden = false;
  all.addEventListener("change", () => {
    for (const box of boxes) box.checked = all.checked;
    count();
  });
  form.addEventListener("change", count);
  count();
}

function forgetWhatWasDone() {
  const address = new URL(location.href);
  if (!address.searchParams.has("done")) return;
  for (const name of ["done", "count", "skipped", "changed"]) address.searchParams.delete(name);
  history.replaceState(null, "", address);
}

document.querySelectorAll("[data-live]").forEach(keepCurrent);
document.querySelectorAll("[data-bulk]").forEach(tickAll);
document.querySelector("[data-focus]")?.focus();
forgetWhatWasDone();
