// What a holder takes along, and what is left of a case that was erased: the pages in every look, the files as a browser
// saves them.
import { test } from "node:test";
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { LANGUAGES, SCHEMES, WIDTHS, browser, checkPage, demo, look, openPage, signIn, stage, url } from "./harness.mjs";

stage({ history: true });

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

test("a case that was erased says so to whoever has its reference, and the desk shows what goes", async () => {
  const desk = await signIn(browser, demo, demo.approver, { lang: "en" });
  await looks(desk, "/desk/keeping", "keeping");
  const gone = desk.locator("main h3 + ul a").first();
  const reference = (await gone.textContent()).trim();
  await gone.click();
  await desk.waitForSelector("main .ref");
  assert.equal((await desk.locator("main .ref").textContent()).trim(), reference);
  const page = await openPage(browser, url(`/case/${reference}?lang=en`), { lang: "en" });
  assert.equal(new URL(page.url()).pathname, `/erased/${reference}`);
  await looks(page, `/erased/${reference}`, "erased");
  const [download] = await Promise.all([page.waitForEvent("download"), page.locator("main a.btn-primary").click()]);
  const file = readFileSync(await download.path());
  await page.goto(url("/verify?lang=en"));
  await page.setInputFiles("input[type=file]", { name: "erasure.json", mimeType: "application/json", buffer: file });
  await page.waitForSelector("#verify-result[data-verdict='valid']");
  const changed = Buffer.from(file.toString().replace('"ended": "closed"', '"ended": "refused"'));
  assert.notDeepEqual(changed, file);
  await page.setInputFiles("input[type=file]", { name: "erasure.json", mimeType: "application/json", buffer: changed });
  await page.waitForSelector("#verify-result[data-verdict='not valid']");
  assert.deepEqual([...page.complaints, ...desk.complaints], []);
});
