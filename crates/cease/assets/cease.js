// What a page gains when there is script. Without it every page still works.
"use strict";

// The error summary has the focus (autofocus does it too, except after a page swap), and its links reach
// the first control of a group of choices.
document.querySelector("[data-focus]")?.focus();
document.addEventListener("click", (event) => {
  const link = event.target.closest?.(".errors a[href^='#']");
  const target = link && document.getElementById(link.hash.slice(1));
  if (!target) return;
  const control = target.matches("input, textarea, select") ? target : target.querySelector("input, textarea, select");
  if (!control) return;
  event.preventDefault();
  (control.closest(".field") ?? control).scrollIntoView({ block: "start" });
  control.focus({ preventScroll: true });
});

// A second press of the same button within five seconds is a slip of the finger. The first always goes through;
// the server is the one that knows a repeat (idempotency token), this only spares it.
const sentAt = new WeakMap();
document.addEventListener("submit", (event) => {
  const form = event.target;
  const button = event.submitter;
  if (form.method === "dialog" || event.defaultPrevented) return;
  if (performance.now() - (sentAt.get(form) ?? -Infinity) < 5000) {
    event.preventDefault();
    return;
  }
  sentAt.set(form, performance.now());
  button?.setAttribute("aria-disabled", "true");
  setTimeout(() => button?.removeAttribute("aria-disabled"), 5000);
});
addEventListener("pageshow", (event) => {
  if (!event.persisted) return;
  for (const form of document.forms) sentAt.delete(form);
  for (const button of document.querySelectorAll("[aria-disabled='true']")) button.removeAttribute("aria-disabled");
});

// Buttons that need script stay hidden until here.
if (navigator.clipboard) {
  for (const button of document.querySelectorAll("button[data-copy]")) {
    const label = button.querySelector("[aria-live]") ?? button;
    const text = label.textContent;
    button.hidden = false;
    button.addEventListener("click", async () => {
      await navigator.clipboard.writeText(button.dataset.copy);
      label.textContent = button.dataset.done;
      setTimeout(() => { label.textContent = text; }, 2500);
    });
  }
}
for (const button of document.querySelectorAll("button[data-print]")) {
  button.hidden = false;
  button.addEventListener("click", () => print());
}

// The parts marked data-live="SECONDS" (each with an id) are fetched again with the page and swapped when they differ,
// never while hidden, never under somebody's focus.
const live = [...document.querySelectorAll("[data-live][id]")];
if (live.length) {
  const seconds = Math.max(10, Math.min(...live.map((part) => Number(part.dataset.live) || 30)));
  const refresh = async () => {
    if (document.hidden) return;
    const answer = await fetch(location.href, { headers: { accept: "text/html" } });
    if (!answer.ok || answer.redirected) return;
    const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
    for (const { id } of live) {
      const now = document.getElementById(id);
      const next = fresh.getElementById(id);
      if (!now || !next || now.contains(document.activeElement) || now.innerHTML === next.innerHTML) continue;
      now.replaceChildren(...document.importNode(next, true).childNodes);
    }
  };
  setInterval(() => refresh().catch(() => {}), seconds * 1000);
}
