// Who is signed in is warned before that is over, and can stay. How long is left is the server's to say: another page
// of this browser may have been used meanwhile. Asking does not count as use, and pressing "stay" does.
"use strict";
(() => {
  const room = document.getElementById("stay");
  if (!room) return;
  const warned = Number(room.dataset.warned);
  const by = { "x-by-itself": "1" };
  let timer = 0, asked = 0, shown = null;
  // Those that somebody has closed do not come back by themselves.
  const closed = new Set();

  const show = (name) => {
    const next = name && !closed.has(name) ? document.getElementById(`stay-${name}`) : null;
    if (next === shown) return;
    const was = shown;
    shown = next;
    was?.close();
    next?.showModal();
  };
  const meet = ({ idle, whole, draft }) => {
    const left = Math.min(idle, whole);
    for (const part of room.querySelectorAll("[data-draft]")) part.hidden = !draft;
    if (left > warned) {
      closed.clear();
      show(null);
    } else {
      show(whole <= idle ? "whole" : "idle");
    }
    timer = setTimeout(ask, 1000 * (left > warned ? left - warned : Math.min(left + 1, 15)), by);
  };
  const ask = async (headers) => {
    clearTimeout(timer);
    const mine = ++asked;
    try {
      const answer = await fetch("/session", { headers, signal: AbortSignal.timeout?.(10000) });
      if (mine !== asked) return;
      if (answer.status === 204) return show("over");
      if (answer.ok) return meet(await answer.json());
    } catch {
      // Said elsewhere; it is asked again.
    }
    if (mine === asked) timer = setTimeout(ask, 15000, by);
  };

  // By its button or by Escape: somebody is here.
  room.addEventListener("close", (event) => {
    if (event.target !== shown) return;
    shown = null;
    closed.add(event.target.id.slice(5));
    if (event.target.id === "stay-idle") {
      closed.clear();
      ask({});
    }
  }, true);
  // Clocks of pages stand still while a machine sleeps.
  document.addEventListener("visibilitychange", () => document.hidden || ask(by));
  addEventListener("pageshow", (event) => event.persisted && ask(by));
  const { idle, whole } = room.dataset;
  meet({ idle: Number(idle), whole: Number(whole), draft: "draft" in room.dataset });
})();
