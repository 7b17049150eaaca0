// What is on the card: the guides, and what the holder did about it, from the interruption before the declaration to the
// case's page; every look, on paper, and without JavaScript.
import { test } from "node:test";
import assert from "node:assert/strict";
import { LANGUAGES, SCHEMES, browser, checkPage, demo, look, openPage, shot, stage, url } from "./harness.mjs";

stage();

const FAMILIES = ["iphone", "android", "router", "stick", "sim"];

test("the guides, in every look and on paper", { timeout: 240_000 }, async () => {
  const page = await openPage(browser, url("/help/backup"));
  for (const lang of LANGUAGES) {
    for (const width of [320, 1440]) {
      for (const scheme of SCHEMES) {
        await look(page, { lang, width, scheme }, url("/help/backup"));
        await checkPage(page, `backup-index-${lang}-${width}-${scheme}`, { lang });
        assert.equal(await page.locator(".save-families svg.pic").count(), FAMILIES.length);
        for (const family of FAMILIES) {
          if (scheme === "dark" && family !== "sim") continue;
          await look(page, { lang, width, scheme }, url(`/help/backup/${family}`));
          await checkPage(page, `backup-${family}-${lang}-${width}-${scheme}`, { lang });
          assert.equal(await page.locator("ol .step").count(), 4);
        }
      }
    }
  }
  await page.emulateMedia({ media: "print" });
  await look(page, { lang: "zh-CN", width: 794, scheme: "light" }, url("/help/backup/router"));
  await page.emulateMedia({ media: "print" });
  await shot(page, "backup-router-print");
  assert.ok((await page.locator("main").boundingBox()).height < 1123, "one sheet of A4");
  assert.ok(await page.locator("nav.jump").isHidden());
  await page.context().close();
});

/** Declares without a proof, and lets what is on the card be lost; the case's address. */
async function declareSkipping(page, card) {
  const go = () => page.locator("main form .btn-primary").first().click();
  await page.fill("#f-number", card.iccid);
  await go();
  await page.fill("#f-name", card.holder);
  await page.fill("#f-email", card.email);
  await page.fill("#f-phone", card.phone);
  await page.fill("#f-address", card.address);
  await go();
  await page.goto(url("/cancel/statement"));
  await go();
  assert.match(page.url(), /\/cancel\/before/);
  await checkPage(page, "backup-before-320");
  await page.locator('main a[href="/help/backup"]').click();
  await page.goBack();
  await page.locator('label[for="f-backup-skip"]').click();
  await go();
  assert.match(await page.locator("main").innerText(), /I know that what is on the card is lost/);
  await go();
  await page.waitForURL(/\/case\/[^/]+\/receipt/);
  return page.url().replace(/\/receipt.*/, "");
}

test("without JavaScript: let be lost before, and a receipt added after", { timeout: 180_000 }, async () => {
  const page = await openPage(browser, url("/cancel?lang=en"), { js: false, width: 320, expect: [/status of 422/] });
  const root = await declareSkipping(page, demo.cards[0]);
  const go = () => page.locator("main form .btn-primary").first().click();
  await page.goto(`${root}?lang=en`);
  await page.locator('a[href$="/saved"]').first().click();
  assert.match(await page.locator("main").innerText(), /knows that what is on the card is lost/);
  for (const lang of LANGUAGES) {
    for (const width of [320, 1440]) {
      await look(page, { lang, width, scheme: width === 320 ? "light" : "dark" }, `${root}/saved`);
      await checkPage(page, `backup-saved-${lang}-${width}`, { lang });
    }
  }
  await look(page, { lang: "en", width: 320, scheme: "light" }, `${root}/saved`);
  await page.locator('label[for="f-how-receipt"]').click();
  await page.fill("#f-line", "cease-backup/1 t17956 p12");
  await go();
  assert.match(await page.locator(".errors").innerText(), /not the whole receipt/);
  assert.equal(await page.inputValue("#f-line"), "cease-backup/1 t17956 p12");
  await checkPage(page, "backup-saved-wrong-320");
  const line = `cease-backup/1 t1795694400 p1204 d31 m2 c1 a88 o9 b7516192768 u1 s641 h${"9f".repeat(32)} kac629f91`;
  await page.fill("#f-line", line);
  await go();
  await page.waitForURL((at) => at.pathname === new URL(root).pathname);
  assert.match(await page.locator("main").innerText(), /1204 photos.*Manifest 9f9f9f9f/s);
  await checkPage(page, "backup-case-320");
  await page.context().close();
});
