// Before you go: what is ticked off stays in this browser, and goes nowhere. Without script it is a list to print.
"use strict";
const leaving = document.querySelector("[data-leaving]");
if (leaving) {
  const name = `cease-leaving-${leaving.dataset.leaving}`;
  const boxes = [...leaving.querySelectorAll("[data-go]")];
  const read = () => {
    try { return new Set(JSON.parse(localStorage.getItem(name) ?? "[]")); } catch { return new Set(); }
  };
  const write = (done) => {
    // A browser that keeps nothing still ticks, until the page is closed.
    try { done.size ? localStorage.setItem(name, JSON.stringify([...done])) : localStorage.removeItem(name); } catch { /* nothing */ }
  };
  const show = () => {
    const many = boxes.filter((box) => box.checked).length;
    leaving.querySelector("[data-leaving-done]").textContent = many;
    leaving.querySelector("progress").value = many;
    leaving.querySelector("[data-leaving-clear]").hidden = many === 0;
  };
  const done = read();
  for (const box of boxes) box.checked = done.has(box.dataset.go);
  leaving.addEventListener("change", () => {
    write(new Set(boxes.filter((box) => box.checked).map((box) => box.dataset.go)));
    show();
  });
  leaving.querySelector("[data-leaving-clear]").addEventListener("click", () => {
    for (const box of boxes) box.checked = false;
    write(new Set());
    show();
  });
  leaving.querySelector("[data-leaving-sum]").hidden = false;
  show();
}
