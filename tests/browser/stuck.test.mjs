// What is stuck: the page where nothing is; the network falls silent, and cases wait there, in every look; it answers
// again, and they end. The history's own letters and cards that reached nobody are looked at in `lists.test.mjs`.
import { test } from "node:test";
import assert from "node:assert/strict";
import { LANGUAGES, SCHEMES, WIDTHS, browser, checkPage, demo, look, newestCode, openPage, signIn, stage, until, url } from "./harness.mjs";

// Without the history: it brings what is stuck, and goes on being written while the page is looked at.
stage();

/** Every look of one list. */
async function looks(page, view) {
  for (const lang of LANGUAGES) {
    for (const width of WIDTHS) {
      for (const scheme of SCHEMES) {
        await look(page, { lang, width, scheme }, url(`/desk/stuck?view=${view}`));
        await checkPage(page, `stuck-${view}-${lang}-${width}-${scheme}`, { lang });
      }
    }
  }
  await page.goto(url(`/desk/stuck?view=${view}&lang=en`));
}

const go = (page) => page.locator("main form .btn-primary").first().click();

/** A holder cancels a card, and proves who they are by the code that the demo shows. */
async function cancel(card) {
  const page = await openPage(browser, url("/cancel"), { lang: "en", js: false });
  await page.fill("#f-number", card.iccid);
  await go(page);
  await page.fill("#f-name", card.holder);
  await page.fill("#f-email", card.email);
  await page.fill("#f-phone", card.phone);
  await page.fill("#f-address", card.address);
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
  await page.context().close();
}

async function network(button) {
  const page = await openPage(browser, url("/demo"), { lang: "en", js: false });
  await page.getByRole("button", { name: button }).click();
  await page.context().close();
}

test("stuck: nothing, an outage, and its end", { timeout: 240_000 }, async () => {
  const page = await signIn(browser, demo, demo.agent, { lang: "en" });
  await page.goto(url("/desk/stuck"));
  assert.equal(await page.locator(".empty h2").innerText(), "Nothing is stuck");
  assert.equal(await page.locator(".bar-count").count(), 0);
  await looks(page, "differs");
  await network("Have it fall silent");
  for (const card of demo.cards.filter((c) => !c.must_return).slice(0, 3)) await cancel(card);
  await page.goto(url("/desk/stuck?lang=en"));
  await until(page, "the outage is seen", () => page.locator(".stuck-out").count());
  // The last of them may not have been tried yet.
  await until(page, "all three wait", async () => (await page.locator(".stuck-rows li").count()) === 3);
  assert.match(await page.locator(".stuck-why").last().innerText(), /switched off on the demo page/);
  await looks(page, "trying");
  await network("Have it answer again");
  await page.getByRole("button", { name: "Try now" }).first().click();
  await until(page, "it answers again", async () => !(await page.locator(".stuck-out").count()));
  // The others wait their turn, or are told to go on now.
  if (await page.locator(".stuck-rows li").count()) {
    for (const box of await page.locator(".stuck-pick input").all()) await box.check();
    await page.locator(".stuck-bulk button[value=now]").click();
    assert.match(await page.locator(".notice-done").innerText(), /tried now/);
  }
  await until(page, "nothing is stuck", async () => (await page.locator(".stuck-rows li").count()) === 0);
  assert.deepEqual(page.complaints, []);
  await page.context().close();
});

test("stuck: from list to list without script", async () => {
  const page = await signIn(browser, demo, demo.approver, { lang: "en", js: false });
  await page.locator("nav.bar-nav a[href='/desk/stuck']").click();
  const tabs = await page.locator(".views a").count();
  assert.equal(tabs, 9);
  for (let n = 0; n < tabs; n += 1) {
    const tab = page.locator(".views a").nth(n);
    const address = await tab.getAttribute("href");
    await tab.click();
    await page.waitForURL(url(address));
    const here = page.locator(".views a[aria-current=page]");
    assert.equal(await here.count(), 1);
    assert.equal(await here.getAttribute("href"), address);
    assert.equal(await page.locator("main h1").innerText(), "Stuck");
  }
  assert.deepEqual(page.complaints, []);
  await page.context().close();
});
