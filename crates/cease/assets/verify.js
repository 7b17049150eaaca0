// The page that checks a file in itself: nothing is sent anywhere. Where the browser has no Ed25519, the form goes to the
// server, as without script.
"use strict";
(async () => {
  const { MAX_BUNDLE, CERTIFICATE, codeIn, hex, hmac, judge, readManifest, same, supported, unhex, utf8 } = ceaseProof;
  const form = document.querySelector("form[data-verify]");
  const result = document.getElementById("verify-result");
  const words = document.getElementById("verify-words");
  const where = document.getElementById("verify-where");
  if (!form || !result || !words) return;
  const say = words.dataset;

  // Showing it.
  const element = (name, className, ...content) => {
    const made = document.createElement(name);
    if (className) made.className = className;
    made.append(...content);
    return made;
  };
  const sentence = (check) => words.querySelector(`[data-check="${check}"]`)?.textContent ?? check;
  const fill = (text, values) => Object.entries(values).reduce((all, [name, value]) => all.replace(`%${name}%`, value), text);
  const lang = document.documentElement.lang === "en" ? "en-GB" : document.documentElement.lang;
  const { zone: timeZone } = form.dataset;
  const dated = new Intl.DateTimeFormat(lang, { dateStyle: "long", timeStyle: "short", timeZone });
  const zoned = new Intl.DateTimeFormat(lang, { timeZone, timeZoneName: "short" });
  const moment = (iso) => {
    const at = new Date(iso);
    return `${dated.format(at)} ${zoned.formatToParts(at).find(({ type }) => type === "timeZoneName").value}`;
  };
  const fours = (text) => (text.replace(/\s/g, "").match(/.{1,4}(?=(.{4})*$)/gu) ?? []).join(" ");
  const ofErasure = (said) => [
    [say.kind, say.erasure], [say.reference, said.case.masked], [say.told, moment(said.told_at)], [say.erased, moment(said.erased_at)],
    [say.source, said.rule.source],
  ];
  const rows = ({ document: said, proven }) => {
    if (said.format === "cease/erasure/v1") return ofErasure(said);
    const certificate = said.format === CERTIFICATE;
    const all = [[say.kind, certificate ? say.certificate : say.receipt], [say.reference, said.reference]];
    if (certificate) all.push([say.card, fours(said.card.number.masked)]);
    all.push([say.declared, moment(said.declared_at)]);
    if (certificate) all.push([say.ceased, moment(said.ceased_at)], [say.issued, moment(said.issued_at)]);
    else all.push([say.received, moment(said.received_at)], [say.deadline, moment(said.deadline)]);
    if (proven) all.push([say.log, fill(proven.names.length ? say.provenWitnessed : say.proven, { ...proven, names: proven.names.join(", ") })]);
    return all;
  };
  // Whether a file that is valid is about the card that they name: the verdict, its heading, the sentence. The same as
  // the server's and `cease verify --card`, or no more than that it cannot be told.
  const aboutCard = async (said, typed) => {
    const open = (text) => ({ verdict: "cannot tell", title: say.whichCard, text });
    if (said.format !== CERTIFICATE) return open(say.numberNone);
    const digits = typed.normalize("NFKC").replace(/[\s.\-·()]/g, "");
    const likely = [typed.trim(), digits, digits.replace(/^00/, "+"), ...(digits.length >= 19 ? [digits.slice(0, -1)] : []), ...Array.from({ length: 10 }, (_, n) => `${digits}${n}`)];
    const { kind, number: { salt, commitment } } = said.card;
    for (const text of likely) {
      if (hex(await hmac(unhex(salt), utf8.encode(text))) === commitment) return { verdict: "valid", title: say.valid, text: say.numberSame };
    }
    // Another card's, where that is the whole number of one; what is written otherwise is not read here, nor is a phone
    // number looked up in a plan.
    const read = Object.entries({ iccid: /^89\d{16,18}$/, eid: /^\d{32}$/, msisdn: /^\+\d{7,15}$/ }).find(([, form]) => form.test(digits))?.[0];
    if (!read || read === kind && read === "msisdn") return open(say.numberHere);
    return read === kind ? { verdict: "not valid", title: say.otherCard, text: say.numberOther } : open(say.numberKind);
  };
  const KINDS = { valid: "done", "not valid": "danger", "cannot tell": "warning" };
  const notice = (kind, ...texts) => {
    const icon = kind === "done" ? "done" : "alert";
    const made = element("div", `notice notice-${kind}`);
    const body = element("div", "", ...texts.map((text) => element("p", "", text)));
    const drawing = document.createElementNS("http://www.w3.org/2000/svg", "svg");
    drawing.setAttribute("class", "i");
    drawing.setAttribute("aria-hidden", "true");
    const use = document.createElementNS("http://www.w3.org/2000/svg", "use");
    use.setAttribute("href", `#i-${icon}`);
    drawing.append(use);
    made.append(drawing, body);
    return made;
  };
  // The page is named after its answer, as the server's is.
  const heading = document.querySelector("h1")?.textContent ?? "", named = document.title.indexOf(heading);
  const rest = named < 0 ? "" : document.title.slice(named + heading.length);
  let shown = 0;
  const show = (title, verdict, ...parts) => {
    result.replaceChildren(element("h2", "", title), ...parts);
    document.title = `${title}${rest}`;
    Object.assign(result.dataset, { verdict, n: String(shown += 1) });
    result.hidden = false;
    result.focus({ preventScroll: true });
    result.scrollIntoView({ block: "start" });
  };
  const answer = async (bytes) => {
    result.dataset.failed = "";
    // An empty file is none, for the server too.
    if (!bytes.length) return show(say.nothing, "", notice("warning", say.empty));
    const starts = (text) => same(bytes.slice(0, text.length), utf8.encode(text));
    for (const [start, text] of [["PK\u0003\u0004", say.pack], ["%PDF-", say.pdf], ["cease/channels/", say.channels]]) {
      if (starts(start)) return show(say.cannotTell, "cannot tell", notice("warning", text));
    }
    const found = await judge(bytes, await trust);
    result.dataset.failed = found.failed ?? "";
    const list = element("ul", "checks", ...found.checks.map(([check, state]) => {
      const word = { passed: say.passed, failed: say.failed, unknown: say.unknown, "not-reached": say.notReached }[state];
      return element("li", `is-${state}`, element("span", "mark", word), element("span", "", sentence(check)));
    }));
    const parts = [element("h3", "", say.checks), list];
    if (found.verdict === "valid") {
      const table = element("dl", "summary", ...rows(found).map(([name, value]) => element("div", "", element("dt", "", name), element("dd", "", value))));
      const typed = form.elements.number.value.trim();
      if (!typed) return show(say.valid, found.verdict, notice("done", say.validText), table, ...parts);
      const { verdict, title, text } = await aboutCard(found.document, typed);
      return show(title, verdict, notice(KINDS[verdict], say.validText, element("strong", "", text)), table, ...parts);
    }
    const why = found.verdict === "not valid" ? fill(say.failedAt, { check: sentence(found.failed) })
      : found.unknown === "newer" ? say.newer : fill(say.stranger, { name: found.unknown });
    show(found.verdict === "not valid" ? say.notValid : say.cannotTell, found.verdict, notice(KINDS[found.verdict], why), ...parts);
  };

  if (!await supported() || typeof DecompressionStream === "undefined") {
    where.textContent = where.dataset.byServer;
    return;
  }
  where.textContent = where.dataset.inPage;
  const trust = (async () => {
    const keys = [form.dataset.key], text = form.dataset.manifest;
    if (!text) return { keys, roots: [] };
    const manifest = await readManifest(text);
    const ours = (revoked) => manifest.keys.filter((tenure) => tenure.role === "certificate" && (tenure.revoked !== null) === revoked).map((tenure) => tenure.key.text);
    const good = [...keys, ...ours(false)].filter((key) => !ours(true).includes(key));
    return { keys: good, roots: [manifest.root.text], manifest };
  })();
  const pasted = form.elements.pasted, file = form.elements.file;
  // Whoever pastes loses the last line feed; a code keeps none.
  const ofText = (text) => utf8.encode(codeIn(text) === null ? `${text.replace(/\r\n/g, "\n").replace(/\n+$/, "")}\n` : text);
  const ofFile = async (one) => answer(new Uint8Array(await one.slice(0, MAX_BUNDLE + 1).arrayBuffer()));

  form.addEventListener("submit", (event) => {
    const text = pasted.value.trim();
    if (!file.files[0] && !text) return; // the server says what is missing
    event.preventDefault();
    event.stopImmediatePropagation();
    if (file.files[0]?.size || !text) ofFile(file.files[0]);
    else answer(ofText(pasted.value));
  }, true);
  file.addEventListener("change", () => file.files[0] && ofFile(file.files[0]));
  // The last one given is what the button means.
  pasted.addEventListener("paste", () => {
    file.value = "";
    setTimeout(() => pasted.value.trim() && answer(ofText(pasted.value)));
  });

  const zone = file.closest(".field");
  zone.classList.add("drop");
  for (const over of ["dragenter", "dragover"]) {
    document.addEventListener(over, (event) => {
      if (!event.dataTransfer.types.includes("Files")) return; // words may be dropped where they are pasted
      event.preventDefault();
      zone.classList.add("is-over");
    });
  }
  document.addEventListener("dragleave", (event) => event.relatedTarget ?? zone.classList.remove("is-over"));
  document.addEventListener("drop", (event) => {
    zone.classList.remove("is-over");
    const { files } = event.dataTransfer;
    if (!files.length) return;
    event.preventDefault();
    // Held as if it had been chosen, so that the button means it too.
    file.files = files;
    ofFile(files[0]);
  });
  // A QR code leads here with the whole proof behind the #, which browsers do not send.
  const scanned = () => codeIn(location.hash) !== null && answer(utf8.encode(location.hash));
  addEventListener("hashchange", scanned);
  scanned();
})();
