// The proof, as a stranger checks it: the certificate on paper and its code, the page that verifies without sending
// anything, and `cease verify`, which must always say the same.
import { after, test } from "node:test";
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { BINARY, LANGUAGES, browser, checkPage, demo, newestCode, openPage, stage, url } from "./harness.mjs";

stage({ ready: certified });
let dir, holder, reference;
const got = {};
const go = (page) => page.locator("main form .btn-primary").first().click();

async function declare(page, card) {
  await page.goto(url("/cancel"));
  await page.fill("#f-number", card.iccid);
  await go(page);
  for (const [field, value] of [["name", card.holder], ["email", card.email], ["phone", card.phone], ["address", card.address]]) {
    await page.fill(`#f-${field}`, value);
  }
  await go(page);
  await page.locator('label[for="f-by-email"]').click();
  await go(page);
  await page.fill("#f-code", await newestCode());
  await go(page);
  await go(page);
  await page.locator('label[for="f-backup-saved"]').click();
  await go(page);
  await go(page);
  await page.waitForURL(/\/receipt$/);
  return /\/case\/([^/]+)\/receipt/.exec(page.url())[1];
}

/** Asks until the answer is there: workers and log are quick, but they are not this request. */
async function fetched(path) {
  const end = Date.now() + 60_000;
  for (;;) {
    const answer = await holder.context().request.get(url(path), { maxRedirects: 0 });
    if (answer.status() === 200) return answer.body();
    assert.ok(Date.now() < end, `${path}: ${answer.status()}`);
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
}

/** One case, through to its certificate, and what a stranger is handed of it. */
async function certified() {
  dir = mkdtempSync(join(tmpdir(), "cease-verify-"));
  holder = await openPage(browser, url("/"), { js: false });
  reference = await declare(holder, demo.cards.find((card) => !card.must_return));
  got.receipt = await fetched(`/case/${reference}/receipt.json`);
  got.certificate = await fetched(`/case/${reference}/certificate.json`);
  got.bundle = await fetched(`/log/proof/${reference}`);
  got.evidence = await fetched(`/case/${reference}/evidence`);
  got.manifest = Buffer.from(await (await fetch(url("/log/manifest"))).text());
  writeFileSync(join(dir, "manifest"), got.manifest);
}
after(async () => {
  rmSync(dir, { recursive: true, force: true });
});

/** What `cease verify` says, with the trust that the desk's own page has. */
function cease(bytes, ...more) {
  const file = join(dir, "shown");
  writeFileSync(file, bytes);
  const { status, stdout } = spawnSync(BINARY, ["verify", file, "--json", "--trust", join(dir, "manifest"), "--key", demo.key, ...more], { encoding: "utf8", cwd: dir });
  return { status, ...JSON.parse(stdout || "{}") };
}

/** Gives the page a file, and answers what it says. */
async function shown(page, bytes, name = "file.json") {
  const n = (await page.getAttribute("#verify-result", "data-n")) ?? "0";
  await page.setInputFiles("#f-file", { name, mimeType: "application/json", buffer: Buffer.from(bytes) });
  await page.waitForFunction((n) => document.getElementById("verify-result").dataset.n > "" && document.getElementById("verify-result").dataset.n !== n, n);
  return page.$eval("#verify-result", (result) => ({ verdict: result.dataset.verdict, failed: result.dataset.failed }));
}

/** Every request that a page makes from now on. */
function requests(page) {
  const made = [];
  page.on("request", (request) => made.push(`${request.method()} ${request.url()}`));
  return made;
}

/** The code on the certificate's PDF, as an independent program reads it from the printed page. */
let paperCode;
async function codeOnPaper() {
  if (paperCode) return paperCode;
  const pdf = await fetched(`/case/${reference}/certificate.pdf`);
  assert.ok(pdf.subarray(0, 5).toString() === "%PDF-", "no PDF: this machine has no Chinese font");
  writeFileSync(join(dir, "paper.pdf"), pdf);
  // As an ordinary printer prints and an ordinary scanner reads.
  spawnSync("pdftoppm", ["-r", "300", "-gray", "-png", "-singlefile", join(dir, "paper.pdf"), join(dir, "paper")]);
  paperCode = spawnSync("zbarimg", ["-q", "--raw", join(dir, "paper.png")], { encoding: "utf8" }).stdout.trim();
  return paperCode;
}

for (const lang of LANGUAGES) {
  for (const width of [320, 1440]) {
    test(`verified in the page, and nothing sent: ${lang}, ${width} px`, { timeout: 60_000 }, async () => {
      const page = await openPage(browser, url("/verify"), { lang, width, scheme: width === 320 ? "dark" : "light" });
      await page.waitForFunction(() => document.getElementById("verify-where").textContent === document.getElementById("verify-where").dataset.inPage.trim());
      const made = requests(page);
      for (const [name, bytes] of Object.entries({ certificate: got.certificate, receipt: got.receipt, bundle: got.bundle })) {
        assert.deepEqual(await shown(page, bytes), { verdict: "valid", failed: "" }, name);
      }
      assert.ok(await page.evaluate(() => document.activeElement?.id === "verify-result"), "the answer has no focus");
      await checkPage(page, `verify-valid-${lang}-${width}`, { lang });
      const wrong = Buffer.from(got.bundle);
      wrong[wrong.indexOf("inventory")] ^= 1;
      assert.deepEqual(await shown(page, wrong), { verdict: "not valid", failed: "commitment" });
      await checkPage(page, `verify-not-valid-${lang}-${width}`, { lang });
      assert.equal((await shown(page, got.evidence, "evidence.zip")).verdict, "cannot tell");
      assert.deepEqual(made, [], "the page has sent something");
      await page.context().close();
    });
  }
}

test("pasted, dropped or typed in, and with the card's number", { timeout: 60_000 }, async () => {
  const page = await openPage(browser, url("/verify"));
  await page.waitForFunction(() => document.getElementById("verify-where").textContent === document.getElementById("verify-where").dataset.inPage.trim());
  const made = requests(page);
  await page.fill("#f-pasted", got.certificate.toString().replaceAll("\n", "\r\n").trimEnd());
  await page.fill("#f-number", demo.cards.find((card) => !card.must_return).iccid.replace(/(.{4})/g, "$1 "));
  await page.locator("form[data-verify] .btn-primary").click();
  await page.waitForFunction(() => document.getElementById("verify-result").dataset.verdict === "valid");
  assert.match(await page.innerText("#verify-result"), /is the one in the certificate/);
  await page.fill("#f-number", "8944110068450000019");
  await page.locator("form[data-verify] .btn-primary").click();
  await page.waitForFunction(() => /is not the one/.test(document.getElementById("verify-result").textContent));
  // What the page cannot read is not called another card's.
  await page.fill("#f-number", "07700 900123");
  await page.locator("form[data-verify] .btn-primary").click();
  await page.waitForFunction(() => /cannot read the number/.test(document.getElementById("verify-result").textContent));
  await page.evaluate((text) => {
    const data = new DataTransfer();
    data.items.add(new File([text], "receipt.json"));
    document.body.dispatchEvent(new DragEvent("drop", { bubbles: true, cancelable: true, dataTransfer: data }));
  }, got.receipt.toString());
  await page.waitForFunction(() => /Receipt of a cancellation/.test(document.getElementById("verify-result").textContent));
  // What was dropped is what the button means, whatever was pasted before.
  const n = await page.getAttribute("#verify-result", "data-n");
  await page.locator("form[data-verify] .btn-primary").click();
  await page.waitForFunction((n) => Number(document.getElementById("verify-result").dataset.n) > Number(n), n);
  assert.match(await page.innerText("#verify-result"), /Receipt of a cancellation/);
  assert.deepEqual(made, []);
  assert.deepEqual(page.complaints, []);
  await page.context().close();
});

test("one verdict for a file and a card's number: in the page, from the server and in the program", { timeout: 120_000 }, async () => {
  const own = demo.cards.find((card) => !card.must_return).iccid, other = "8944110068450000019", phone = "+44 7700 900123";
  const another = ["Genuine, but about another card", "文件属实，但属于另一张卡", "not valid", "danger", false];
  const open = ["Genuine, but we cannot tell for which card", "文件属实，但无法判断属于哪张卡", "cannot tell", "warning", null];
  const valid = ["Valid", "有效", "valid", "done"];
  for (const [n, lang] of LANGUAGES.entries()) {
    const page = await openPage(browser, url("/verify"), { lang });
    await page.waitForFunction(() => document.getElementById("verify-where").textContent === document.getElementById("verify-where").dataset.inPage.trim());
    const plain = await openPage(browser, url("/verify"), { lang, js: false });
    for (const [file, number, expected] of [
      ["certificate", own, [...valid, true]], ["certificate", other, another], ["certificate", phone, open], ["bundle", other, another],
      ["receipt", own, open], ["receipt", "", valid],
    ]) {
      const name = `${lang} ${file} ${number}`;
      const title = expected[n], [, , verdict, kind, isThis] = expected;
      await page.fill("#f-number", number);
      assert.deepEqual(await shown(page, got[file]), { verdict, failed: "" }, name);
      assert.equal(await page.innerText("#verify-result h2"), title, name);
      assert.equal(await page.locator(`#verify-result .notice-${kind}`).count(), 1, name);
      assert.equal(await page.locator("#verify-result .notice").count(), 1, name);
      assert.ok((await page.title()).startsWith(`${title} – `), `${name}: ${await page.title()}`);
      await plain.fill("#f-number", number);
      await plain.setInputFiles("#f-file", { name: "f.json", mimeType: "application/json", buffer: got[file] });
      await go(plain);
      assert.equal(await plain.innerText("h1"), title, name);
      assert.equal(await plain.locator(`main .notice-${kind}`).count(), 1, name);
      assert.equal(await plain.title(), await page.title(), name);
      const notice = (where, root) => where.$eval(`${root} .notice-${kind}`, (one) => one.textContent.trim());
      assert.equal(await notice(plain, "main"), await notice(page, "#verify-result"), name);
      const program = cease(got[file], ...(number ? ["--card", number] : []));
      assert.deepEqual([program.verdict, program.is_this_card], [verdict, isThis], name);
    }
    await page.fill("#f-number", other);
    await shown(page, got.certificate);
    await checkPage(page, `verify-other-card-${lang}`, { lang });
    await page.context().close();
    await plain.context().close();
  }
});

test("an empty file is none, with script and without", { timeout: 60_000 }, async () => {
  const page = await openPage(browser, url("/verify"));
  await page.waitForFunction(() => document.getElementById("verify-where").textContent === document.getElementById("verify-where").dataset.inPage.trim());
  assert.deepEqual(await shown(page, ""), { verdict: "", failed: "" });
  assert.match(await page.innerText("#verify-result h2"), /Choose a file/);
  await page.locator("form[data-verify] .btn-primary").click();
  await page.waitForFunction(() => document.getElementById("verify-result").dataset.n === "2");
  assert.match(await page.innerText("#verify-result"), /Choose a file/);
  // What was pasted is meant then, as the server means it.
  await page.fill("#f-pasted", got.receipt.toString());
  await page.locator("form[data-verify] .btn-primary").click();
  await page.waitForFunction(() => document.getElementById("verify-result").dataset.verdict === "valid");
  assert.deepEqual(page.complaints, []);
  await page.context().close();
  const plain = await openPage(browser, url("/verify"), { js: false });
  await plain.setInputFiles("#f-file", { name: "f.json", mimeType: "application/json", buffer: Buffer.alloc(0) });
  await go(plain);
  assert.match(await plain.innerText("main"), /Choose a file or paste its text/);
  await plain.context().close();
});

test("without script, or without Ed25519, the server checks it and says so", { timeout: 60_000 }, async () => {
  const plain = await openPage(browser, url("/verify"), { js: false });
  await plain.setInputFiles("#f-file", { name: "c.json", mimeType: "application/json", buffer: got.bundle });
  await go(plain);
  assert.equal(await plain.innerText("h1"), "Valid");
  assert.equal(await plain.locator(".checks .is-passed").count(), 11);
  await plain.context().close();

  const context = await browser.newContext({ locale: "en" });
  const old = await context.newPage();
  await old.addInitScript(() => { SubtleCrypto.prototype.importKey = () => Promise.reject(new DOMException("no", "NotSupportedError")); });
  await old.goto(url("/verify"));
  await old.waitForFunction(() => document.getElementById("verify-where").textContent === document.getElementById("verify-where").dataset.byServer);
  await old.setInputFiles("#f-file", { name: "c.json", mimeType: "application/json", buffer: got.certificate });
  await go(old);
  await old.waitForFunction(() => document.querySelector("h1").textContent === "Valid");
  await context.close();
});

test("the code on the paper is the whole proof", { timeout: 120_000 }, async () => {
  const code = await codeOnPaper();
  assert.match(code, /^http.*\/verify#CEASE1-[A-Z2-7]+$/, code.slice(0, 80));
  const found = cease(code);
  assert.equal(found.verdict, "valid", found.why);
  assert.equal(found.reference, reference);
  const at = code.length - 500;
  const other = code[at] === "A" ? "B" : "A";
  assert.equal(cease(code.slice(0, at) + other + code.slice(at + 1)).verdict, "not valid");
  // A phone that scans it lands here.
  const page = await openPage(browser, code, { width: 320 });
  await page.waitForFunction(() => document.getElementById("verify-result").dataset.verdict === "valid");
  assert.match(await page.innerText("#verify-result"), new RegExp(reference));
  await page.context().close();
});

test("the certificate is one page, on screen, printed and as PDF, in both languages", { timeout: 120_000 }, async () => {
  const state = await holder.context().storageState();
  for (const lang of LANGUAGES) {
    for (const [width, scheme] of [[320, "dark"], [1440, "light"]]) {
      const context = await browser.newContext({ storageState: state, locale: lang, viewport: { width, height: 900 }, colorScheme: scheme });
      const page = await context.newPage();
      Object.assign(page, { hasScript: true, complaints: [] });
      await page.goto(url(`/case/${reference}/certificate?lang=${lang}`));
      await checkPage(page, `certificate-${lang}-${width}`, { lang });
      if (width === 1440) {
        const printed = await page.pdf({ preferCSSPageSize: true });
        assert.equal(printed.toString("latin1").match(/\/Type\s*\/Page\b/g).length, 1, `${lang}: printed on one page`);
        const pdf = await (await context.request.get(url(`/case/${reference}/certificate.pdf?lang=${lang}`))).body();
        assert.equal(pdf.toString("latin1").match(/\/Type\s*\/Page\b/g).length, 1, `${lang}: the PDF is one page`);
        writeFileSync(join(dir, `${lang}.pdf`), pdf);
        const text = spawnSync("pdftotext", ["-layout", join(dir, `${lang}.pdf`), "-"], { encoding: "utf8" }).stdout;
        for (const word of ["Certificate of cancellation", "注销凭证", reference]) assert.ok(text.includes(word), `${lang}: ${word}`);
        spawnSync("pdfdetach", ["-saveall", "-o", dir, join(dir, `${lang}.pdf`)]);
        assert.deepEqual(readFileSync(join(dir, `cease-certificate-${reference}.json`)), got.certificate, "the attached file");
      }
      await context.close();
    }
  }
});

test("all evidence verifies, and not with a byte changed", { timeout: 60_000 }, () => {
  const right = cease(got.evidence);
  assert.equal(right.verdict, "valid", right.why);
  assert.equal(right.kind, "pack");
  for (const word of ['"number"', "cease/receipt/v1", "cease/certificate/v1", "cease/bundle/v1", "cease/evidence/v1"]) {
    const wrong = Buffer.from(got.evidence);
    wrong[wrong.lastIndexOf(word) + 1] ^= 1;
    const found = cease(wrong);
    assert.equal(found.verdict, "not valid", word);
    assert.ok(found.checks.some((check) => check.state === "failed"), word);
  }
});

test("what only a key's owner can make is judged as crates/proof/golden/verdicts.json has it", { timeout: 60_000 }, async () => {
  const cases = JSON.parse(readFileSync(new URL("../../crates/proof/golden/verdicts.json", import.meta.url)));
  const page = await openPage(browser, url("/verify"));
  const wrong = await page.evaluate(async (cases) => {
    const wrong = [];
    for (const { name, file, now, keys, roots, manifest, verdict, check } of cases) {
      const trust = { keys, roots, manifest: manifest ? await ceaseProof.readManifest(manifest) : undefined };
      const found = await ceaseProof.judge(ceaseProof.utf8.encode(file), trust, Date.parse(now));
      if (found.verdict !== verdict || (found.failed ?? "") !== check) wrong.push([name, found.verdict, found.failed, verdict, check]);
    }
    return wrong;
  }, cases);
  assert.deepEqual(wrong, []);
  assert.ok(cases.length > 60);
  await page.context().close();
});

/** The same numbers every time. */
function dice(seed) {
  return (n) => {
    seed = (Math.imul(seed, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((seed / 2 ** 32) * n);
  };
}

/** A file as somebody might have changed it. */
function mutated(bytes, roll) {
  const out = Buffer.from(bytes);
  const at = roll(out.length), to = Math.min(out.length, at + 1 + roll(40));
  switch (roll(7)) {
    case 0: out[at] ^= 1 << roll(8); return out;
    case 1: out[at] = 33 + roll(90); return out;
    case 2: return Buffer.concat([out.subarray(0, at), out.subarray(to)]);
    case 3: return Buffer.concat([out.subarray(0, to), out.subarray(at)]);
    // A file with nothing in it is none: the page asks for one, and says nothing of it.
    case 4: return out.subarray(0, at || 1);
    case 5: {
      const lines = out.toString().split("\n");
      const [a, b] = [roll(lines.length), roll(lines.length)];
      [lines[a], lines[b]] = [lines[b], lines[a]];
      return Buffer.from(lines.join("\n"));
    }
    default: return Buffer.from(out.toString().replace(/\d/g, (digit) => (roll(60) ? digit : String(roll(10)))));
  }
}

test("page and program come to the same verdict, whatever has been changed", { timeout: 300_000 }, async () => {
  const page = await openPage(browser, url("/verify"));
  await page.waitForFunction(() => document.getElementById("verify-where").textContent === document.getElementById("verify-where").dataset.inPage.trim());
  const roll = dice(20_261_126);
  const code = Buffer.from(await codeOnPaper());
  const counted = {};
  for (const [name, bytes, times] of [["certificate", got.certificate, 120], ["receipt", got.receipt, 60], ["bundle", got.bundle, 160], ["code", code, 60]]) {
    for (let n = 0; n < times; n += 1) {
      const changed = mutated(bytes, roll);
      const program = cease(changed), here = await shown(page, changed);
      const failed = program.checks?.find((check) => check.state === "failed")?.check ?? "";
      assert.equal(here.verdict, program.verdict, `${name} ${n}: ${program.why}\n${changed.toString().slice(0, 3000)}`);
      if (here.verdict === "not valid") assert.equal(here.failed, failed, `${name} ${n}: ${program.why}`);
      // What stands before a code is an address, and no part of the proof.
      const proof = (text) => text.toString().replace(/^.*#(?=CEASE1-)/, "");
      if (here.verdict === "valid") assert.equal(proof(changed), proof(bytes), `${name} ${n} is valid and changed`);
      counted[`${here.verdict} ${here.failed}`] = (counted[`${here.verdict} ${here.failed}`] ?? 0) + 1;
    }
  }
  console.log("# verdicts", JSON.stringify(counted));
  assert.ok(Object.keys(counted).length > 6, "the changes reach few checks");
  await page.context().close();
});
