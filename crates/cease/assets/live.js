// Pages that keep themselves fresh. The server only hints that something has changed; this then fetches the page
// again and swaps the parts marked data-live whose content differs, never what somebody is typing in or pointing at.
// One stream of hints a browser: its tabs choose a leader (Web Locks), who tells the others (BroadcastChannel).
// Where that cannot be had (no secure context), and where the stream is refused, each tab asks every few seconds.
"use strict";
(() => {
  // A line that goes without a word is noticed by an answer that does not come: seconds, and for what is sent more.
  const within = (seconds) => AbortSignal.timeout?.(seconds * 1000);
  const note = document.getElementById("live-note");
  if (!note) return;
  const words = note.dataset;
  const desk = document.documentElement.classList.contains("desk");
  const here = document.querySelector("[data-here]")?.dataset ?? (desk && document.querySelector(".bar-who") ? { here: "desk" } : {});
  const parts = () => [...document.querySelectorAll("[data-live][id]")];
  if (!here.here && !parts().length) return;
  const chat = here.here === "chat" || document.querySelector("#chat[open]") !== null;
  const page = location.href.split("#")[0];
  let title = document.title, unread = 0, stopped = false;

  // What is said under the page's edge; `action` makes it a button.
  const say = (text, { kind = "", action, seconds } = {}) => {
    note.replaceChildren();
    note.className = `live-note ${kind}`;
    note.hidden = !text;
    if (!text) return;
    const part = document.createElement(action ? "button" : "span");
    part.textContent = text;
    if (action) {
      part.type = "button";
      part.addEventListener("click", () => { say(""); action(); });
    }
    note.append(part);
    if (seconds) setTimeout(() => part.isConnected && say(""), seconds * 1000);
  };

  // Swapping.
  const begun = (field) => (field.type === "checkbox" || field.type === "radio" ? field.checked !== field.defaultChecked
    : field.tagName !== "SELECT" && field.type !== "hidden" && field.value !== field.defaultValue);
  const busy = (part) => part.contains(document.activeElement) || part.matches(":hover") && part.dataset.live !== "log"
    || part.querySelector("[data-keep]") || [...part.querySelectorAll("input, textarea")].some(begun);
  // What was left as it was, because somebody was at it.
  let owed = false;
  const rowKey = (row) => [row.querySelector("a")?.getAttribute("href"), ...[...row.querySelectorAll(".tag")].map((t) => t.textContent)].join();
  const rows = (part) => new Set([...part.querySelectorAll("tbody tr")].map(rowKey));
  const put = (now, next) => {
    now.replaceChildren(...document.importNode(next, true).childNodes);
    document.dispatchEvent(new Event("swapped"));
  };

  const toEnd = (log) => { log.scrollTop = log.scrollHeight; };
  // A log only grows, so that a reader hears what is new and nothing jumps.
  const append = (now, next) => {
    const log = now.parentElement;
    const atEnd = log.scrollHeight - log.scrollTop - log.clientHeight < 60;
    let added = 0;
    for (const item of next.children) {
      const old = item.id && document.getElementById(item.id);
      if (old) {
        if (old.innerHTML !== item.innerHTML) put(old, item);
        continue;
      }
      const fresh = document.importNode(item, true);
      now.append(fresh);
      if (!fresh.classList.contains("is-me")) added += 1;
    }
    if (next.children.length) document.getElementById("chat-none")?.remove();
    if (atEnd) toEnd(log);
    if (added && document.hidden) {
      unread += added;
      document.title = `(${unread}) ${title}`;
    }
  };

  const stands = () => document.getElementById("stands")?.textContent;
  const swap = (fresh) => {
    const before = stands();
    for (const now of parts()) {
      const next = fresh.getElementById(now.id);
      if (!next || now.innerHTML === next.innerHTML) continue;
      if (now.dataset.live === "log") {
        append(now, next);
      } else if (now.dataset.live === "list") {
        const [had, has] = [rows(now), rows(next)];
        const count = [...has].filter((key) => !had.has(key)).length + Math.max(0, had.size - has.size);
        if (count) {
          const text = count === 1 ? words.change : words.changes.replace("#", count);
          say(text, { kind: "is-change", action: () => { put(now, next); mark(); } });
        }
      } else if (busy(now)) {
        owed = true;
      } else {
        put(now, next);
      }
    }
    // Said as well: who cannot see the page change hears it.
    if (stands() !== before) {
      say(stands(), { seconds: 8 });
      title = fresh.title;
      if (!unread) document.title = title;
    }
    const now = fresh.querySelector("[data-here]")?.dataset;
    // What is decided on is not swapped under whoever decides.
    if (now?.stands !== here.stands) say(words.moved, { kind: "is-change", action: () => location.assign(page) });
    if (now?.version) Object.assign(here, { version: now.version, waits: now.waits ?? "" });
    const csrf = fresh.getElementById("live-note")?.dataset.csrf;
    if (csrf) {
      words.csrf = csrf;
      for (const field of document.querySelectorAll("input[name=csrf]")) field.value = csrf;
    }
  };

  // Where it is asked anew who this is.
  const isOut = (answer) => answer.redirected && /(\/sign-in|^\/case)$/.test(new URL(answer.url).pathname);
  const parse = (text) => new DOMParser().parseFromString(text, "text/html");
  let fetching = false, again = false, lastFetch = 0;
  const refetch = async () => {
    if (stopped) return;
    if (fetching) {
      again = true;
      return;
    }
    fetching = true;
    const asked = lastFetch = performance.now();
    try {
      const answer = await fetch(page, { headers: { accept: "text/html", "x-by-itself": "1" }, signal: within(10) });
      if (isOut(answer)) {
        stopped = true;
        source?.close();
        stepDown?.();
        say(words.ended, { kind: "is-lost" });
      } else if (answer.ok) {
        const fresh = parse(await answer.text());
        // An answer to what was asked before the line went says nothing of the line.
        if (asked > lostAt && lost) {
          regain();
          reopen();
        }
        swap(fresh);
        mark();
      }
    } catch {
      lose();
    } finally {
      fetching = false;
      if (again) {
        again = false;
        setTimeout(refetch, 100);
      }
    }
  };
  // Hidden pages wait until they are looked at, but for a chat, whose title says that there is something new.
  for (const left of ["pointerout", "focusout"]) {
    document.addEventListener(left, (event) => {
      if (!owed || event.target.closest?.("[data-live]")?.contains(event.relatedTarget)) return;
      owed = false;
      lookLater();
    });
  }
  let stale = false;
  const look = () => {
    if (document.hidden && !chat) stale = true;
    else refetch();
  };
  // A list on a busy desk is not fetched for every change.
  let later = 0;
  const lookLater = (more = 0) => {
    clearTimeout(later);
    later = setTimeout(look, Math.max(0, 3000 - (performance.now() - lastFetch)) + more);
  };

  // Who has which case open, on any list of cases.
  const mark = async () => {
    if (!desk || here.here !== "desk" || document.hidden) return;
    const links = [...document.querySelectorAll("a[href^='/desk/case/']:not([hreflang])")];
    if (!links.length) return;
    const answer = await fetch("/desk/here", { headers: { "x-by-itself": "1" } }).catch(() => null);
    if (!answer?.ok || answer.redirected) return;
    const who = new Map([...parse(await answer.text()).querySelectorAll("[data-case]")].map((li) => [li.dataset.case, li.textContent]));
    for (const link of links) {
      const text = who.get(link.pathname.split("/")[3]);
      const cell = link.closest("tr")?.cells[2] ?? link;
      let sign = cell.querySelector(".here-live");
      if (!text || cell.querySelector(".here-mark")) {
        sign?.remove();
        continue;
      }
      if (!sign) {
        sign = document.createElement("small");
        sign.className = "here-live";
        cell.append(sign);
      }
      if (sign.textContent !== text) sign.textContent = text;
    }
  };

  // What a hint means for this page.
  const hear = (topic) => {
    const [what, of] = topic.split(" ");
    if (what === "all" || (of && of === here.case)) return look();
    if (of && !here.here) return what === "thread" && look();
    if (what === "desk" && here.here === "desk") return lookLater();
    if (what === "chats") {
      // Who waits sees the queue grow shorter; to the others it says nothing.
      if (here.here === "chat") return here.waits && lookLater(Math.random() * 3000);
      if (page.includes("/desk/chats")) return lookLater();
      if (desk && here.here) waits();
    }
  };
  const waits = async () => {
    if (document.hidden) return;
    const answer = await fetch("/desk/chats", { headers: { "x-by-itself": "1" } }).catch(() => null);
    if (!answer?.ok || answer.redirected) return;
    const fresh = parse(await answer.text());
    const first = fresh.querySelector("[value='stop']") && fresh.querySelector("#chats-waiting a");
    if (first && !(here.case && first.getAttribute("href").includes(here.case))) {
      say(words.chat, { kind: "is-change", action: () => { location.href = "/desk/chats"; } });
    }
  };

  // The connection.
  let lost = false, lostAt = -Infinity;
  const lose = () => {
    if (lost || stopped) return;
    lost = true;
    lostAt = performance.now();
    say(words.lost, { kind: "is-lost" });
    if (unsent.size) say(words.unsent, { kind: "is-lost" });
    setTimeout(tryAgain, 3000);
  };
  // The stream says when it is back; but where only a request was lost, it never went.
  const tryAgain = () => {
    if (!lost) return;
    refetch();
    setTimeout(tryAgain, 3000);
  };
  const regain = () => {
    if (!lost) return;
    lost = false;
    say(words.back, { seconds: 4 });
    if (!fetching) look();
    // What was changed since waits to be sent by hand, and so does what no token makes one message.
    for (const [form, text] of unsent) {
      unsent.delete(form);
      if (form.elements.token && form.querySelector("textarea").value === text) send(form);
    }
  };

  let source, stepDown, last = "", slow = 2000;
  const tell = (message) => {
    heard(message);
    channel?.postMessage(message);
  };
  const heard = ({ hint, state, first }) => {
    if (first) beat();
    if (hint) hear(hint);
    if (state === "lost") lose();
    if (state === "back") regain();
    if (state === "open" && source) open();
  };
  // A stream may not know yet that its line is gone: a new one goes on where it was.
  const reopen = () => (source ? open() : channel?.postMessage({ state: "open" }));
  const open = () => {
    if (stopped) return;
    source?.close();
    source = new EventSource(last ? `/live?last=${encodeURIComponent(last)}` : "/live");
    source.onopen = () => {
      slow = 2000;
      // What happened before the first line of this stream, nobody has heard.
      tell({ state: "back", first: !last });
    };
    source.onmessage = (event) => { last = event.lastEventId || last; };
    source.addEventListener("hint", (event) => {
      last = event.lastEventId || last;
      tell({ hint: event.data });
    });
    source.addEventListener("end", () => {
      source.close();
      tell({ hint: "all" });
      setTimeout(open, 5000);
    });
    source.onerror = () => {
      if (source.readyState !== EventSource.CLOSED) {
        setTimeout(() => source.readyState === EventSource.CONNECTING && tell({ state: "lost" }), 1500);
        return;
      }
      // Refused: there is nothing for us, or no room. Ask now and then instead.
      tell({ hint: "all" });
      slow = Math.min(slow * 2, 60000);
      setTimeout(open, slow + Math.random() * 1000);
    };
  };
  addEventListener("offline", () => {
    source?.close();
    lose();
  });
  addEventListener("online", () => (source ? open() : regain()));
  addEventListener("pagehide", () => source?.close());
  addEventListener("pageshow", (event) => event.persisted && source && open());

  let channel = null;
  if (navigator.locks && "BroadcastChannel" in window && isSecureContext) {
    channel = new BroadcastChannel("cease-live");
    channel.onmessage = (event) => heard(event.data);
    // Held until this tab goes, or is signed out; then another leads.
    navigator.locks.request("cease-live", () => {
      if (stopped) return;
      open();
      return new Promise((resolve) => { stepDown = resolve; });
    });
  } else {
    setInterval(() => fetch("/livez", { signal: within(10) }).then(regain, lose).then(() => !lost && look()), 10000 + Math.random() * 2000);
  }
  document.addEventListener("visibilitychange", () => {
    if (document.hidden) return;
    unread = 0;
    document.title = title;
    if (stale) refetch();
    stale = false;
    beat();
  });

  // Being here. The answer is the version of the case: where it is another than ours, we have missed something.
  const beat = async (more = {}) => {
    if (stopped || !here.here || (document.hidden && !chat)) return;
    const body = new URLSearchParams({ csrf: words.csrf, case: here.case ?? "", ...more });
    const headers = more.typing ? {} : { "x-by-itself": "1" };
    const answer = await fetch("/live/here", { method: "POST", body, headers, signal: within(10) }).catch(lose);
    if (!answer?.ok || !here.version) return;
    const version = await answer.text();
    if (version && version !== here.version) look();
  };
  beat();
  mark();
  setInterval(beat, 20000);
  addEventListener("pagehide", () => {
    if (here.case) navigator.sendBeacon("/live/here", new URLSearchParams({ csrf: words.csrf, case: here.case, gone: "yes" }));
  });
  let typed = -Infinity;
  document.addEventListener("input", (event) => {
    if (!event.target.closest("[data-keep], .is-reply") || performance.now() - typed < 3000) return;
    typed = performance.now();
    if (here.case) beat({ typing: "yes" });
  });

  // Sending without leaving the page. What could not be sent stays where it was typed, and goes when we are back,
  // as it was when it was sent, where the form's token makes it one message however often it is sent.
  const unsent = new Map();
  const sending = new Set(), pressed = new Set();
  const send = async (form) => {
    const field = form.querySelector("textarea");
    if (!field.value.trim()) {
      say(words.empty, { seconds: 8 });
      field.focus();
      return;
    }
    // Pressed again before the answer is there: it goes when that is back.
    if (sending.has(form)) {
      pressed.add(form);
      return;
    }
    sending.add(form);
    const text = field.value;
    try {
      const answer = await fetch(form.action, { method: "POST", body: new URLSearchParams(new FormData(form)), signal: within(30) });
      unsent.delete(form);
      const fresh = parse(await answer.text());
      // Whoever is signed out is led to a page that is answered well too, and has taken nothing.
      if (isOut(answer)) {
        say(words.ended, { kind: "is-lost" });
      } else if (answer.ok) {
        swap(fresh);
        for (const name of ["token", "after"]) {
          const next = fresh.querySelector(`form[data-send] [name=${name}]`);
          if (next && form.elements[name]) form.elements[name].value = next.value;
        }
        if (field.value === text) field.value = "";
        for (const log of document.querySelectorAll("[role=log]")) toEnd(log);
        say("");
      } else {
        const why = [".errors a", "p.error span", "main h1"].map((part) => fresh.querySelector(part)).find(Boolean);
        say(why?.textContent ?? words.unsent, { kind: "is-lost" });
      }
    } catch {
      unsent.set(form, text);
      lose();
      say(words.unsent, { kind: "is-lost" });
    } finally {
      sending.delete(form);
      if (pressed.delete(form) && field.value !== text) send(form);
    }
  };
  document.addEventListener("submit", (event) => {
    if (!event.target.matches("form[data-send]")) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    send(event.target);
  }, true);
  // Return sends, as in every chat; with Shift it is a new line, and while a word is being composed it is neither.
  document.addEventListener("keydown", (event) => {
    const form = event.target.closest?.("form[data-send]");
    if (!form || event.key !== "Enter" || event.shiftKey || event.isComposing || event.keyCode === 229 || !event.target.matches("textarea")) return;
    event.preventDefault();
    form.requestSubmit();
  });
  for (const log of document.querySelectorAll("[role=log]")) toEnd(log);
})();
