// What holds a card back: a recovered password, and the pause that follows at the holder's page, the account and the
// desk; one tap on the link in the mail, without signing in and without JavaScript; and the lock.
import { test } from "node:test";
import assert from "node:assert/strict";
import { LANGUAGES, SCHEMES, appears, browser, checkPage, demo, look, openPage, signIn, stage, url } from "./harness.mjs";

stage();

const go = (page) => page.locator("main form .btn-primary").first().click();

/** The newest link like this in what the demo's carriers took. */
async function link(like) {
  const end = Date.now() + 30_000;
  for (;;) {
    const body = (await (await fetch(url("/demo"))).text()).replaceAll("&amp;", "&").replaceAll("&#38;", "&");
    const found = body.match(like);
    if (found) return found[0];
    assert.ok(Date.now() < end, `no ${like} was sent`);
  }
}

const says = (page, text) => appears(page, page.locator("main", { hasText: text }));

async function looks(page, path, name, widths = [320, 1440]) {
  for (const lang of LANGUAGES) {
    for (const width of widths) {
      for (const scheme of SCHEMES) {
        await look(page, { lang, width, scheme }, url(path));
        await checkPage(page, `hold-${name}-${lang}-${width}-${scheme}`, { lang });
      }
    }
  }
  await look(page, { lang: "en", width: 320, scheme: "light" }, url(path));
}

test("a recovery pauses a cancellation, and one tap stops it", { timeout: 300_000 }, async () => {
  const page = await openPage(browser, url("/recover"), { lang: "en", js: false });
  await page.fill("#f-login", demo.holder.username);
  await go(page);
  await page.goto(url(new URL(await link(/https?:[^\s"<]*\/recover\/new\?token=[\w-]+/)).pathname + new URL(await link(/https?:[^\s"<]*\/recover\/new\?token=[\w-]+/)).search));
  const password = "orbit kettle march 27";
  await page.fill("#f-password", password);
  await go(page);
  await page.goto(url("/sign-in"));
  await page.fill("#f-login", demo.holder.username);
  await page.fill("#f-password", password);
  await go(page);
  await page.goto(url("/account"));
  await says(page, "Paused for your safety");
  await looks(page, "/account", "account");

  // The holder cancels a card of theirs.
  await page.locator('form[action="/account/cancel"] button').first().click();
  for (let step = 0; !/\/receipt$/.test(page.url()); step++) {
    assert.ok(step < 8, `not declared: ${page.url()}`);
    const saved = page.locator('label[for="f-backup-saved"]');
    if (await saved.count()) await saved.click();
    await go(page);
  }
  const reference = page.url().match(/case\/([^/]+)/)[1];
  await page.goto(url(`/case/${reference}`));
  await says(page, "Paused for your safety");
  assert.match(await page.locator("main").innerText(), /new password was set for your account/);
  await looks(page, `/case/${reference}`, "case");

  // The desk sees why and until when, and one person alone does not end it.
  const desk = await signIn(browser, demo, demo.agent, { lang: "en", expect: [/status of 409/] });
  await desk.goto(url(`/desk/case/${reference}?lang=en`));
  assert.match(await desk.locator(".caution").innerText(), /Password recovered.*Nothing final before/s);
  await looks(desk, `/desk/case/${reference}`, "desk");
  await look(desk, { lang: "en", width: 1440, scheme: "light" }, url(`/desk/case/${reference}`));
  await desk.locator(".caution summary", { hasText: "End the hold early" }).click();
  await desk.fill("#f-lift-hold-evidence", "Called back on the number in the records.");
  await desk.locator('.caution form[action$="/lift-hold"] .btn').click();
  await desk.waitForURL(/done=lift-hold/);
  assert.match(await desk.locator(".caution").textContent(), /Called back on the number/);
  assert.equal(await desk.locator("#f-lift-hold-evidence").count(), 0, "the same person signs twice");

  // Whoever reads the mail stops it, in a browser that has never been here.
  const stop = new URL(await link(new RegExp(`https?:[^\\s"<]*/stop/${reference}\\.\\w+`))).pathname;
  const stranger = await openPage(browser, url(stop), { lang: "en", js: false });
  assert.equal(await stranger.locator("main form button").count(), 1);
  await looks(stranger, stop, "stop");
  await stranger.locator("main form button").click();
  await says(stranger, "Everything has stopped");
  await looks(stranger, stop, "stopped");
  await page.goto(url(`/case/${reference}?lang=en`));
  await says(page, "stopped");
  await looks(stranger, "/stop", "code");

  // And the lock.
  await page.goto(url("/account?lang=en"));
  await page.locator('form[action="/account/lock"] button').click();
  await says(page, "Locked since");
  await looks(page, "/account", "locked");
  assert.match(await page.locator("main").innerText(), /cannot be taken off before \S/);
});
