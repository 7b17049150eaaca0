// The desk by keyboard: single keys, a sheet of them, a palette of everything this page can do, drafts that keep
// themselves, ten seconds of undo counted down. All of it presses the page's own links and buttons, so there is
// nothing here that the server would not let a mouse do.
"use strict";

const page = document.querySelector("[data-case]");
const reference = page?.dataset.case;
const $ = (id) => document.getElementById(id);
const typing = (target) => target.closest?.("input:not([type=checkbox], [type=radio]), textarea, select, [contenteditable]");

// Drafts: kept a moment after the last key, before the page is left, and never once their form is being sent.
const drafts = [...document.querySelectorAll("form[data-draft]")].map((form) => {
  const text = form.querySelector("textarea");
  const output = form.querySelector("output");
  let kept = text.value;
  let timer;
  let sent = false;
  const draft = {
    form,
    dirty: () => !sent && text.value !== kept,
    async keep() {
      clearTimeout(timer);
      if (!draft.dirty()) return;
      const words = text.value;
      const body = new URLSearchParams(new FormData(form));
      body.set("quietly", "yes");
      output.textContent = output.dataset.saving;
      try {
        const answer = await fetch(form.dataset.draft, { method: "POST", body, keepalive: true, redirect: "error" });
        if (!answer.ok) throw new Error(String(answer.status));
        kept = words;
        output.textContent = output.dataset.saved;
      } catch {
        output.textContent = output.dataset.failed;
      }
    },
  };
  form.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(draft.keep, 700);
  });
  form.addEventListener("submit", () => {
    sent = true;
    clearTimeout(timer);
  });
  addEventListener("pageshow", (event) => {
    if (event.persisted) sent = false;
  });
  addEventListener("pagehide", draft.keep);
  return draft;
});

// Whoever leaves by a form or a link of this page finds on the next one what was typed on this: it is kept first.
const passed = new WeakSet();
function keepFirst(event, leaving, again) {
  const unkept = drafts.filter((draft) => draft.form !== leaving && draft.dirty());
  if (!unkept.length || passed.has(leaving)) return;
  event.preventDefault();
  event.stopImmediatePropagation();
  passed.add(leaving);
  Promise.allSettled(unkept.map((draft) => draft.keep())).then(() => {
    // What could not be kept is not left without a second press.
    const left = unkept.find((draft) => draft.dirty());
    if (left) left.form.querySelector("textarea").focus();
    else again();
  });
}
document.addEventListener("submit", (event) => {
  const { target: form, submitter } = event;
  if (form.method !== "dialog") keepFirst(event, form, () => form.requestSubmit(submitter));
}, true);
document.addEventListener("click", (event) => {
  const link = event.target.closest?.("a[href]");
  if (!link || event.button || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
  if (!link.hasAttribute("download") && !link.getAttribute("href").startsWith("#")) keepFirst(event, link, () => link.click());
}, true);

// What is about to be sent: counted down, then the thread is fetched again. The composers are left alone.
const counting = [...document.querySelectorAll("#sending [data-seconds]")];
if (counting.length) {
  const start = performance.now();
  const show = () => {
    let left = 0;
    for (const time of counting) {
      const seconds = Math.ceil(Number(time.dataset.seconds) - (performance.now() - start) / 1000);
      time.textContent = seconds > 0 ? time.dataset.in.replace("%", String(seconds)) : time.dataset.now;
      left = Math.max(left, seconds);
    }
    if (left > 0) return;
    clearInterval(clock);
    refresh(10);
  };
  const clock = setInterval(show, 250);
  show();
}

/** Swaps the thread and what is being sent for what they are now, until nothing is being sent. */
function refresh(tries) {
  setTimeout(async () => {
    try {
      const answer = await fetch(location.pathname + location.search, { headers: { accept: "text/html", "x-by-itself": "1" } });
      if (!answer.ok || answer.redirected) return;
      const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
      for (const id of ["thread-box", "sending"]) {
        const [now, next] = [$(id), fresh.getElementById(id)];
        if (!now || !next) continue;
        // Whoever is on "undo" is left there while something can be undone, and then where it was.
        const inside = now !== document.activeElement && now.contains(document.activeElement);
        if (inside && (id !== "sending" || next.querySelector(".sending"))) continue;
        now.replaceChildren(...document.importNode(next, true).childNodes);
        if (inside) now.focus({ preventScroll: true });
      }
      const box = $("thread-box");
      if (box) box.scrollTop = box.scrollHeight;
    } catch {
      // The next try, or the next page, shows it.
    }
    if (tries > 1 && document.querySelector("#sending .sending")) refresh(tries - 1);
  }, 1200);
}

// How high the bar is, for what stays in view under it: where it does not fit it takes two rows.
const bar = document.querySelector(".bar");
if (bar) {
  new ResizeObserver(() => document.documentElement.style.setProperty("--bar", `${bar.offsetHeight}px`)).observe(bar);
}

// On a wide desk the thread has its own scroll, and begins at its end.
const box = $("thread-box");
if (box && !location.hash.startsWith("#e-")) box.scrollTop = box.scrollHeight;

/** Does what a link, a button or a fold is for. */
function press(element) {
  if (!element.matches("summary")) {
    element.click();
    return;
  }
  const fold = element.parentElement;
  fold.open = true;
  const first = fold.querySelector("textarea, input:not([type=hidden]), select, button");
  (first ?? element).focus();
}

/** The approval: sent where its evidence is given, else opened at it; where there is none, on to the next case. */
function resolve(summary) {
  const evidence = summary?.parentElement.querySelector("form textarea");
  if (evidence?.value.trim()) evidence.form.requestSubmit();
  else if (summary) press(summary);
  else document.querySelector("a[rel=next]")?.click();
}

const lines = () => [...document.querySelectorAll(reference ? ".pane-thread .timeline > li" : ".rows .row-link")];
function move(by) {
  const all = lines();
  const here = all.findIndex((line) => line === document.activeElement || line.contains(document.activeElement));
  const next = all[here < 0 ? (by > 0 ? 0 : all.length - 1) : Math.min(Math.max(here + by, 0), all.length - 1)];
  next?.focus();
  next?.scrollIntoView({ block: "nearest" });
}

let copied = 0;
async function copy(tools) {
  if (!reference || !navigator.clipboard) return;
  const again = performance.now() - copied < 1500;
  copied = performance.now();
  const text = again ? location.origin + location.pathname : reference;
  await navigator.clipboard.writeText(text);
  say(tools.dataset.copied.replace("%", text));
}

function say(text) {
  const toast = $("desk-toast");
  toast.textContent = text;
  setTimeout(() => {
    if (toast.textContent === text) toast.textContent = "";
  }, 2500);
}

function back(target) {
  if (typing(target)) target.blur();
  else document.querySelector("[data-list]")?.click();
}

// What the script works with comes from the server: macros, words, and whether single keys act.
async function tools() {
  const query = new URLSearchParams(reference ? { case: reference, view: page.dataset.view } : {});
  const answer = await fetch(`/desk/tools?${query}`);
  if (!answer.ok || answer.redirected) return;
  const fresh = new DOMParser().parseFromString(await answer.text(), "text/html").getElementById("desk-tools");
  if (!fresh) return;
  document.body.append(document.importNode(fresh, true));
  begin($("desk-tools"));
}

function begin(tools) {
  const [sheet, palette] = [$("keys-sheet"), $("palette")];
  const find = palettes(palette);
  for (const button of document.querySelectorAll("[data-opens]")) {
    button.hidden = false;
    button.addEventListener("click", () => (button.dataset.opens === "palette" ? find.open() : sheet.showModal()));
  }
  for (const dialog of [sheet, palette]) {
    dialog.addEventListener("click", (event) => event.target === dialog && dialog.close());
  }
  const keyed = (key) => document.querySelector(`[data-key="${key}"]`);
  const keys = {
    j: () => move(1),
    k: () => move(-1),
    Enter: (event) => event.target.matches("li[id^='e-']") && event.target.querySelector("time a").click(),
    Escape: (event) => back(event.target),
    c: () => keyed("c")?.click(),
    r: () => keyed("r") && press(keyed("r")),
    n: () => keyed("n") && press(keyed("n")),
    // The last one written.
    z: () => [...document.querySelectorAll('[data-key="z"]')].at(-1)?.click(),
    f: () => keyed("f")?.click(),
    o: () => keyed("o")?.click(),
    x: () => keyed("x")?.click(),
    e: () => resolve(keyed("e")),
    "/": () => $("q")?.focus(),
    ".": () => copy(tools),
    "?": () => sheet.showModal(),
  };
  document.addEventListener("keydown", (event) => {
    if (event.defaultPrevented || event.isComposing || event.keyCode === 229) return;
    if ((event.ctrlKey || event.metaKey) && !event.altKey && !event.shiftKey && event.key.toLowerCase() === "k") {
      event.preventDefault();
      if (palette.open) palette.close();
      else if (!document.querySelector("dialog[open]")) find.open();
      return;
    }
    if (event.ctrlKey || event.metaKey || event.altKey || tools.dataset.keys !== "on") return;
    if (document.querySelector("dialog[open]") || !(event.key in keys)) return;
    if (typing(event.target) && event.key !== "Escape") return;
    // Links, buttons and folds have their own Enter.
    if (event.key === "Enter" && !event.target.matches("li[id^='e-']")) return;
    event.preventDefault();
    keys[event.key](event);
  });
  document.documentElement.dataset.keys = tools.dataset.keys;
}

/** The palette: what the page's own links, buttons and folds are called, the macros, and any case. */
function palettes(dialog) {
  const [input, list, note] = [$("palette-q"), $("palette-list"), $("palette-note")];
  let found = [];
  let at = 0;
  const name = (element) => {
    const words = element.cloneNode(true);
    words.querySelectorAll("small, svg").forEach((extra) => extra.remove());
    return words.textContent.trim().replace(/\s+/g, " ");
  };
  const all = () =>
    [...document.querySelectorAll("[data-act]"), ...document.querySelectorAll("#palette-more a")]
      .filter((element) => !element.closest("dialog") && (element.closest("#palette-more") || element.checkVisibility?.() !== false))
      .map((element) => ({ element, text: name(element), key: element.dataset.key }));
  const choose = (to) => {
    at = Math.min(Math.max(to, 0), found.length - 1);
    [...list.children].forEach((option, i) => option.setAttribute("aria-selected", String(i === at)));
    const option = list.children[at];
    if (option) input.setAttribute("aria-activedescendant", option.id);
    else input.removeAttribute("aria-activedescendant");
    option?.scrollIntoView({ block: "nearest" });
  };
  const draw = () => {
    const words = input.value.toLowerCase().split(/\s+/).filter(Boolean);
    found = all().filter(({ text }) => words.every((word) => text.toLowerCase().includes(word)));
    if (input.value.trim()) found.push({ text: `${note.dataset.go}: ${input.value.trim()}`, go: true });
    list.replaceChildren(
      ...found.map(({ text, key }, i) => {
        const option = document.createElement("li");
        option.id = `palette-${i}`;
        option.role = "option";
        option.append(text);
        if (key) option.append(Object.assign(document.createElement("kbd"), { textContent: key }));
        option.addEventListener("click", () => run(i));
        return option;
      }),
    );
    const many = found.filter((one) => !one.go).length;
    note.textContent = many ? note.dataset.count.replace("%", String(many)) : note.dataset.none;
    choose(0);
  };
  const run = (i) => {
    const one = found[i];
    if (!one) return;
    if (one.go) {
      input.form.submit();
      return;
    }
    dialog.close();
    press(one.element);
  };
  input.addEventListener("input", draw);
  input.addEventListener("keydown", (event) => {
    const steps = { ArrowDown: 1, ArrowUp: -1 };
    if (event.isComposing || event.keyCode === 229) return;
    if (event.key in steps) {
      event.preventDefault();
      choose(at + steps[event.key]);
    } else if (event.key === "Enter") {
      event.preventDefault();
      run(at);
    }
  });
  return {
    open() {
      input.value = "";
      draw();
      dialog.showModal();
      input.focus();
    },
  };
}

tools().catch(() => {});
