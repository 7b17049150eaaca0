// Reports looked at, and a letter written down: every width, both colours, both languages, and without JavaScript.
import { test } from "node:test";
import assert from "node:assert/strict";
import { LANGUAGES, SCHEMES, WIDTHS, browser, checkPage, demo, look, shot, signIn, stage, url } from "./harness.mjs";

stage({ history: true });

test("reports: every look, tables, CSV, print", { timeout: 180_000 }, async () => {
  const page = await signIn(browser, demo, demo.agent, { lang: "en" });
  for (const lang of LANGUAGES) {
    for (const width of WIDTHS) {
      for (const scheme of SCHEMES) {
        await look(page, { lang, width, scheme }, url("/desk/reports?days=90"));
        assert.equal(await page.locator(".report").count(), 7);
        await checkPage(page, `reports-${lang}-${width}-${scheme}`, { lang });
      }
    }
  }
  await look(page, { lang: "en", width: 1440, scheme: "light" }, url("/desk/reports?days=30"));
  // The history is there to be seen: people decided, and some came no further than a page.
  const text = await page.locator("main").innerText();
  assert.match(text, /People decided \d+ cases: half within/);
  assert.match(text, /people who gave a card number, \d+% declared/);
  // Every picture has a name, and its numbers beside it.
  for (const svg of await page.locator("svg.chart").all()) {
    const [title, desc] = [await svg.locator("> title").textContent(), await svg.locator("> desc").textContent()];
    assert.ok(title.length > 2 && desc.length > 5, `${title}: ${desc}`);
  }
  for (const details of await page.locator(".report details").all()) {
    await details.locator("summary").click();
    assert.ok((await details.locator("tbody tr").count()) > 0);
  }
  const csv = await page.context().request.get(url("/desk/reports/decided.csv?days=30"));
  assert.match(csv.headers()["content-type"], /text\/csv/);
  assert.match(await csv.text(), /50%,\d/);
  await page.emulateMedia({ media: "print" });
  await shot(page, "reports-print");
  await page.emulateMedia({ media: "screen" });
  // With JavaScript, axe looks at the letter's pages too.
  await page.goto(url("/desk/letter/new?lang=zh-CN"));
  await checkPage(page, "letter-new-zh", { lang: "zh-CN" });
  await page.setInputFiles("#f-scan", { name: "信.png", mimeType: "image/png", buffer: await page.screenshot() });
  await page.locator("main form .btn-primary").first().click();
  await page.waitForURL(/\/desk\/letter\/file_/);
  await checkPage(page, "letter-zh", { lang: "zh-CN" });
  await page.context().close();
});

test("a letter: scanned, written down by keyboard without JavaScript, its receipt ready for the post", { timeout: 180_000 }, async () => {
  const page = await signIn(browser, demo, demo.approver, { lang: "en", js: false, width: 1440, expect: [/422/] });
  await page.goto(url("/desk/letter/new"));
  await checkPage(page, "letter-new-en-1440", { lang: "en" });
  const scan = await page.screenshot();
  await page.setInputFiles("#f-scan", { name: "letter.png", mimeType: "image/png", buffer: scan });
  await page.locator("main form .btn-primary").first().click();
  await page.waitForURL(/\/desk\/letter\/file_/);
  const letter = new URL(page.url()).pathname;
  assert.ok(await page.locator(".letter-scans img").evaluate((img) => img.complete && img.naturalWidth > 0), "the picture is seen");
  await page.fill("#f-statement", "Please end my card.");
  await page.locator('button[value="send"]').focus();
  await page.keyboard.press("Enter");
  await page.locator(".errors").waitFor();
  assert.equal(await page.inputValue("#f-statement"), "Please end my card.", "what was typed is kept");
  for (const lang of LANGUAGES) {
    for (const width of WIDTHS) {
      for (const scheme of SCHEMES) {
        await look(page, { lang, width, scheme }, url(letter));
        await checkPage(page, `letter-${lang}-${width}-${scheme}`, { lang });
      }
    }
  }
  await look(page, { lang: "en", width: 1440, scheme: "light" }, url(letter));
  const card = demo.cards[2];
  await page.fill("#f-number", card.iccid);
  await page.fill("#f-name", card.holder);
  await page.fill("#f-address", card.address);
  await page.locator('label[for="f-language-en"]').click();
  await page.locator('button[value="send"]').click();
  await page.waitForURL(new RegExp(letter));
  await checkPage(page, "letter-done-en-1440", { lang: "en" });
  const reference = await page.locator("h1").innerText();
  await page.goto(url(`/desk/case/${reference}/receipt`));
  assert.ok((await page.locator("main").innerText()).includes(reference));
  await page.goto(url(`/desk/case/${reference}`));
  assert.match(await page.locator("main").innerText(), /letter/i);
  await page.context().close();
});
