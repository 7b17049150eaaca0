// What is stuck: the page where nothing is, in every look, and without JavaScript. What it shows in trouble is
// tested where trouble can be made: beside the page, in crates/cease/src/web/desk/stuck.
import { after, before, test } from "node:test";
import assert from "node:assert/strict";
import { LANGUAGES, SCHEMES, WIDTHS, checkPage, openPage, startBrowser, startDemo, totp } from "./harness.mjs";

let demo, browser;
before(async () => {
  [demo, browser] = await Promise.all([startDemo(), startBrowser()]);
});
after(async () => {
  await browser?.close();
  await demo?.stop();
});

const url = (path) => new URL(path, demo.url).href;

async function signIn(person, options) {
  const page = await openPage(browser, url("/desk/sign-in"), options);
  await page.fill("#f-login", person.username);
  await page.fill("#f-password", person.password);
  await page.fill("#f-code", totp(person.totp_secret));
  await page.locator("main form .btn-primary").first().click();
  await page.waitForURL(/\/desk(\?|$)/);
  return page;
}

test("stuck: every look of every list", { timeout: 180_000 }, async () => {
  const page = await signIn(demo.agent, { lang: "en" });
  for (const lang of LANGUAGES) {
    for (const width of WIDTHS) {
      for (const scheme of SCHEMES) {
        await page.setViewportSize({ width, height: 900 });
        await page.emulateMedia({ colorScheme: scheme, reducedMotion: "reduce" });
        for (const view of ["trying", "differs"]) {
          await page.goto(url(`/desk/stuck?view=${view}&lang=${lang}`));
          await checkPage(page, `stuck-${view}-${lang}-${width}-${scheme}`, { lang });
        }
      }
    }
  }
  await page.context().close();
});

test("stuck: from list to list without script", async () => {
  const page = await signIn(demo.approver, { lang: "en", js: false });
  await page.locator("nav.bar-nav a[href='/desk/stuck']").click();
  const tabs = await page.locator(".views a").count();
  assert.equal(tabs, 7);
  for (let n = 0; n < tabs; n += 1) {
    await page.locator(".views a").nth(n).click();
    assert.equal(await page.locator(".views a[aria-current=page]").count(), 1);
    assert.equal(await page.locator("main h1").innerText(), "Stuck");
  }
  assert.deepEqual(page.complaints, []);
  await page.context().close();
});
