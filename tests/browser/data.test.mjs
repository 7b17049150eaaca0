// What a holder takes along: the page in every look, and the archive as a browser saves it.
import { test } from "node:test";
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { LANGUAGES, SCHEMES, WIDTHS, browser, checkPage, demo, look, openPage, stage, url } from "./harness.mjs";

stage();

async function looks(page, path, name) {
  for (const lang of LANGUAGES) {
    for (const width of WIDTHS) {
      for (const scheme of SCHEMES) {
        await look(page, { lang, width, scheme }, url(path));
        await checkPage(page, `${name}-${lang}-${width}-${scheme}`, { lang });
      }
    }
  }
  await page.goto(url(`${path}?lang=en`));
}

test("a holder takes their data along", async () => {
  const page = await openPage(browser, url("/sign-in"), { lang: "en" });
  await page.fill("#f-login", demo.cards[0].username);
  await page.fill("#f-password", demo.holder.password);
  await page.locator("main form .btn-primary").first().click();
  await page.waitForURL((to) => !to.pathname.endsWith("/sign-in"));
  await looks(page, "/account/data", "data");
  await page.goto(url("/account?lang=en"));
  await page.locator("main a[href='/account/data']").click();
  const [download] = await Promise.all([page.waitForEvent("download"), page.locator("main form .btn-primary").click()]);
  assert.match(download.suggestedFilename(), /^cease-account-\d{4}-\d\d-\d\d\.zip$/);
  const bytes = readFileSync(await download.path());
  assert.equal(bytes.subarray(0, 4).toString("latin1"), "PK\x03\x04");
  for (const name of ["account.csv", "cards.json", "index.html", "MANIFEST.txt"]) assert.ok(bytes.includes(name), name);
  assert.deepEqual(page.complaints, []);
});
