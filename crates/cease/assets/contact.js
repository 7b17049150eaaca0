// The page of a contact looks again when what it shows may be another, and now and then in between: a hint may be
// late, and live.js does not swap what the pointer rests on. What is being typed stays.
"use strict";
(() => {
  const box = document.getElementById("contact");
  if (!box || box.dataset.watched) return;
  box.dataset.watched = "yes";
  const desk = "box" in box.dataset;
  const key = (part) => part?.querySelector("[data-key]")?.dataset.key;
  let timer = 0;
  const look = async () => {
    if (!document.hidden) {
      try {
        const answer = await fetch(location.href.split("#")[0], { headers: { accept: "text/html", "x-by-itself": "1" } });
        if (answer.ok && !answer.redirected) {
          const next = new DOMParser().parseFromString(await answer.text(), "text/html").getElementById("contact");
          const typing = box.contains(document.activeElement) && document.activeElement !== document.body;
          if (next && key(next) !== key(box) && !typing) box.replaceChildren(...document.importNode(next, true).childNodes);
        }
      } catch {
        // The page's own strip says that the connection is lost.
      }
    }
    wait();
  };
  const wait = () => {
    clearTimeout(timer);
    const seconds = Number(box.querySelector("[data-seconds]")?.dataset.seconds ?? 0);
    const often = desk ? 30 : 5;
    timer = setTimeout(look, 1000 * (seconds > 0 ? Math.min(seconds, often) : often));
  };
  new MutationObserver(wait).observe(box, { childList: true });
  document.addEventListener("visibilitychange", () => document.hidden || look());
  wait();
})();
