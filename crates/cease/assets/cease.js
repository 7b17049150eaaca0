// What a page gains when there is script. Without it every page still works.
"use strict";

// The error summary has the focus (autofocus does it too, except after a page swap), and its links reach
// the first control of a group of choices. Whoever was led to a part of the page stays there.
if (!location.hash) document.querySelector("[data-focus]")?.focus();
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

// What stands behind the # (a proof that a QR code has led to) goes along into the other language.
document.addEventListener("click", (event) => {
  const link = event.target.closest?.("a[hreflang]");
  if (!link) return;
  if (location.hash) link.hash = location.hash;
  // What was typed and not sent does not go along: the browser asks first.
  const elsewhere = event.ctrlKey || event.metaKey || event.shiftKey;
  loses = !elsewhere && [...document.querySelectorAll("form[method='post'] :is(input, textarea, select)")].some(unsent);
});
let loses = false;
const ask = () => addEventListener("beforeunload", (leaving) => {
  if (loses) leaving.preventDefault();
  loses = false;
});
// An answer with errors came with what was typed.
const errors = document.querySelector(".errors");
if (errors) ask(); else document.addEventListener("input", ask, { once: true });
// Whether a field has something that the page, or the first one of its kind, did not come with.
const unsent = (field) => {
  if (field.type === "hidden") return false;
  if (field.options) {
    const came = [...field.options].find((option) => option.defaultSelected) ?? field.options[0];
    return field.value !== came?.value;
  }
  if (field.type === "checkbox" || field.type === "radio") return field.checked !== field.defaultChecked;
  return field.value !== (errors ? "" : field.defaultValue);
};

// Buttons that need script stay hidden until here; those of a part that has been swapped, until then.
const reveal = () => {
  for (const button of document.querySelectorAll("button[data-copy], button[data-print]")) {
    button.hidden = button.matches("[data-copy]") && !navigator.clipboard;
  }
};
reveal();
document.addEventListener("swapped", reveal);
document.addEventListener("click", async (event) => {
  const button = event.target.closest?.("button[data-copy], button[data-print]");
  if (!button) return;
  if (button.matches("[data-print]")) return print();
  const label = button.querySelector("[aria-live]") ?? button;
  const text = label.textContent;
  await navigator.clipboard.writeText(button.dataset.copy);
  if (text === button.dataset.done) return;
  label.textContent = button.dataset.done;
  setTimeout(() => { label.textContent = text; }, 2500);
});
