// The journey, as a person makes it: from the start page to a certificate that verifies, and the desk's part in it.
// In both languages, with and without JavaScript, on a phone and on a desk.
import { after, test } from "node:test";
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { BINARY, appears, browser, checkPage, demo, newestCode, openPage, signIn, stage, url } from "./harness.mjs";

stage({ history: true });
const dir = mkdtempSync(join(tmpdir(), "cease-journey-"));
after(() => rmSync(dir, { recursive: true, force: true }));

/** The main thing to do on this page. */
const go = (page) => page.locator("main form .btn-primary").first().click();

/** From /cancel to the receipt. `look` is called on every page. Answers the case's reference. */
async function declare(page, card, { confirm = true, address = card.address, look = async () => {} } = {}) {
  await page.goto(url("/cancel"));
  await look("find");
  await page.fill("#f-number", card.iccid.replace(/(.{4})/g, "$1 "));
  await go(page);
  await look("you");
  await page.fill("#f-name", card.holder);
  await page.fill("#f-email", card.email);
  await page.fill("#f-phone", card.phone);
  await page.fill("#f-address", address);
  await go(page);
  await look("confirm");
  if (confirm) {
    await page.locator('label[for="f-by-email"]').click();
    await go(page);
    await look("code");
    await page.fill("#f-code", await newestCode());
    await go(page);
  } else {
    await page.goto(url("/cancel/statement"));
  }
  await look("statement");
  await go(page);
  await look("before");
  await page.locator('label[for="f-backup-saved"]').click();
  await go(page);
  await look("check");
  await go(page);
  await page.waitForURL(/\/case\/[^/]+\/receipt$/);
  await look("receipt");
  return /\/case\/([^/]+)\/receipt/.exec(page.url())[1];
}

function verify(file) {
  const { status, stdout, stderr } = spawnSync(BINARY, ["verify", file, "--key", demo.key], { encoding: "utf8" });
  return { status, text: stdout + stderr };
}

/** The certificate of a case, from its page: verifies, and not with one byte changed. */
async function assertProven(page, reference) {
  await page.goto(url(`/case/${reference}`));
  await appears(page, page.locator(`a[href$="/case/${reference}/certificate"]`));
  const answer = await page.context().request.get(url(`/case/${reference}/certificate.json`));
  assert.equal(answer.status(), 200);
  const bytes = await answer.body();
  const file = join(dir, `${reference}.json`);
  writeFileSync(file, bytes);
  const right = verify(file);
  assert.equal(right.status, 0, right.text);
  for (const at of [0, 40, bytes.length >> 1, bytes.length - 3]) {
    const wrong = Buffer.from(readFileSync(file));
    wrong[at] ^= 1;
    writeFileSync(`${file}.wrong`, wrong);
    assert.equal(verify(`${file}.wrong`).status, 1, `byte ${at} changed`);
  }
}

const free = (n) => demo.cards.filter((c) => !c.must_return)[n];

let next = 0;
for (const [lang, width, js] of [
  ["en", 1440, true],
  ["zh-CN", 320, false],
  ["zh-CN", 768, true],
  ["en", 320, false],
]) {
  test(`a card, cancelled and proven: ${lang}, ${width} px, ${js ? "with" : "without"} JavaScript`, { timeout: 120_000 }, async () => {
    const card = free(next++);
    const page = await openPage(browser, url("/"), { lang, width, js, scheme: next % 2 ? "light" : "dark" });
    const look = (name) => checkPage(page, `journey-${name}-${lang}-${width}`, { lang });
    await look("start");
    const reference = await declare(page, card, { look });
    await assertProven(page, reference);
    await look("ended");
    await page.goto(url(`/case/${reference}/certificate`));
    await look("certificate");
    // Sending it all again is the same case, and says so.
    await page.goto(url("/"));
    await page.context().close();
  });
}

test("sent twice, it is one case", { timeout: 60_000 }, async () => {
  const card = free(4);
  const page = await openPage(browser, url("/"), { js: false });
  const reference = await declare(page, card, { confirm: false });
  await page.goBack();
  await page.reload();
  const text = await page.locator("main").innerText();
  assert.ok(text.includes(reference), `going back should name ${reference}:\n${text.slice(0, 800)}`);
  await page.context().close();
});

test("what is wrong is said first, in focus, with what was typed kept", { timeout: 60_000 }, async () => {
  for (const lang of ["en", "zh-CN"]) {
    const page = await openPage(browser, url("/cancel"), { lang, width: 320, expect: [/422/] });
    await page.fill("#f-number", "not a number");
    await go(page);
    await page.locator(".errors").waitFor();
    assert.equal(await page.inputValue("#f-number"), "not a number");
    assert.ok(await page.evaluate(() => document.activeElement?.closest(".errors") !== null), "the summary has no focus");
    assert.equal(await page.getAttribute("#f-number", "aria-invalid"), "true");
    await checkPage(page, `error-${lang}-320`, { lang });
    await page.locator(".errors a").first().click();
    assert.equal(await page.evaluate(() => document.activeElement?.id), "f-number");
    await page.context().close();
  }
});

test("a card that must come back waits, and its holder can take the cancellation back", { timeout: 60_000 }, async () => {
  const card = demo.cards.find((c) => c.must_return);
  const page = await openPage(browser, url("/"), { width: 320, js: false });
  const reference = await declare(page, card);
  await page.goto(url(`/case/${reference}`));
  await checkPage(page, "case-waits-en-320", { lang: "en" });
  assert.ok(await page.locator(`a[href$="/case/${reference}/return"]`).count(), "no task for the card itself");
  await page.goto(url(`/case/${reference}/withdraw`));
  await checkPage(page, "case-withdraw-en-320", { lang: "en" });
  await page.locator("main form button").first().click();
  await page.goto(url(`/case/${reference}`));
  await checkPage(page, "case-withdrawn-en-320", { lang: "en" });
  assert.equal(await page.locator(`a[href$="/case/${reference}/withdraw"]`).count(), 0);
  // A stranger with the reference alone learns nothing.
  const stranger = await openPage(browser, url(`/case/${reference}`), {});
  assert.match(stranger.url(), /\/case\?ref=/);
  await stranger.context().close();
  await page.context().close();
});

test("an unproven case wants two people, and then the card is gone", { timeout: 120_000 }, async () => {
  const agent = await signIn(browser, demo, demo.agent, { lang: "en" });
  await checkPage(agent, "desk-queue-en-1440", { lang: "en" });
  const listed = agent.locator('a[href^="/desk/case/"]');
  const references = await listed.evaluateAll((links) => [...new Set(links.map((l) => l.getAttribute("href").split("?")[0]))]);
  assert.ok(references.length > 0, "the demo's queue is empty");
  const approve = async (page, path) => {
    await page.goto(url(path));
    const form = page.locator('form[action$="/approve"]');
    if (!(await form.count())) return false;
    await form.locator("textarea").fill("Called back on the number on record; date of contract and address agree.");
    await form.locator("button").last().click();
    return true;
  };
  let wanted;
  for (const path of references) {
    await agent.goto(url(path));
    if (!(await agent.locator('form[action$="/approve"]').count())) continue;
    await approve(agent, path);
    await agent.goto(url(path));
    // Signed once and still here: this one wants a second person, and it cannot be the same one.
    if (await agent.locator(".deed.is-off").count()) {
      wanted = path;
      await checkPage(agent, "desk-case-en-1440", { lang: "en" });
      break;
    }
  }
  assert.ok(wanted, "no case wanted two signatures");
  const approver = await signIn(browser, demo, demo.approver, { lang: "zh-CN" });
  await approver.goto(url(wanted));
  await checkPage(approver, "desk-case-zh-CN-1440", { lang: "zh-CN" });
  assert.ok(await approve(approver, wanted));
  await approver.goto(url(wanted));
  await appears(approver, approver.locator(".status-done, .tag-done, [class*=done]"));
  await agent.context().close();
  await approver.context().close();
});
