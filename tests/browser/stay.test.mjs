// Whoever is signed in is warned before that is over, and can stay. The page's clock is set on; what the server answers
// is put into its mouth only where it would be said after half an hour.
import { test } from "node:test";
import assert from "node:assert/strict";
import { LANGUAGES, WIDTHS, browser, checkPage, demo, look, openPage, signIn, stage, url } from "./harness.mjs";

stage();

async function signedIn() {
  const page = await openPage(browser, url("/sign-in?lang=en"), { lang: "en" });
  await page.fill("#f-login", demo.cards[0].username);
  await page.fill("#f-password", demo.holder.password);
  await page.locator("main form .btn-primary").first().click();
  await page.waitForURL((to) => !to.pathname.endsWith("/sign-in"));
  return page;
}

/** Has the server say so to pages that ask by themselves, and counts those that ask because somebody stays. */
async function told(page) {
  const server = { says: null, stays: 0 };
  await page.route("**/session", (route) => {
    if (!route.request().headers()["x-by-itself"]) server.stays += 1;
    else if (server.says) return route.fulfill({ json: { draft: false, ...server.says } });
    return route.continue();
  });
  await page.clock.install();
  return server;
}

/** Sets the page's clock on until it has asked. */
async function later(page, minutes) {
  const answer = page.waitForResponse(/\/session$/);
  await page.clock.fastForward(minutes * 60_000 + 1000);
  await answer;
}

const open = (page, name) => page.locator(`#stay-${name}[open]`).waitFor();
const shut = (page, name) => page.locator(`#stay-${name}:not([open])`).waitFor({ state: "attached" });
const focused = (page) => page.evaluate(() => document.activeElement.id || document.activeElement.textContent);

test("a holder is warned and stays, by button and by key, with what was typed", { timeout: 120_000 }, async () => {
  const page = await signedIn();
  const server = await told(page);
  await page.goto(url("/check?lang=en"));
  await page.fill("#f-text", "Is this you?");
  await page.focus("#f-text");

  // Something was asked for meanwhile, here or in another tab.
  await later(page, 28);
  assert.equal(await page.locator("dialog[open]").count(), 0);

  server.says = { idle: 119, whole: 40_000 };
  await later(page, 28);
  await open(page, "idle");
  assert.equal(await focused(page), "Stay signed in");
  server.says = null;
  await page.keyboard.press("Enter");
  await shut(page, "idle");
  assert.deepEqual([server.stays, await focused(page), await page.inputValue("#f-text")], [1, "f-text", "Is this you?"]);

  // Another tab stays: this one says no more, and asks nothing of its own.
  await page.waitForFunction(() => !document.querySelector("dialog[open]"));
  server.says = { idle: 119, whole: 40_000 };
  await later(page, 28);
  await open(page, "idle");
  server.says = { idle: 1_700, whole: 40_000 };
  await later(page, 0.25);
  await shut(page, "idle");
  assert.equal(server.stays, 1);

  // Escape says that somebody is here.
  server.says = { idle: 60, whole: 40_000, draft: true };
  await later(page, 28);
  await open(page, "idle");
  assert.ok(await page.getByText("The answers on earlier pages").first().isVisible());
  server.says = null;
  const stays = page.waitForResponse(/\/session$/);
  await page.keyboard.press("Escape");
  await stays;
  await shut(page, "idle");
  assert.equal(server.stays, 2);

  // The whole cannot be put off, and is said once.
  server.says = { idle: 1_700, whole: 110 };
  await later(page, 28);
  await open(page, "whole");
  await page.keyboard.press("Enter");
  await shut(page, "whole");
  await later(page, 0.25);
  assert.equal(await page.locator("dialog[open]").count(), 0);
  assert.equal(server.stays, 2);

  // It is over, and what was typed is there.
  server.says = null;
  await page.context().clearCookies();
  await later(page, 0.25);
  await open(page, "over");
  await page.keyboard.press("Escape");
  await shut(page, "over");
  assert.equal(await page.inputValue("#f-text"), "Is this you?");
  assert.deepEqual(page.complaints, []);
  await page.context().close();
});

test("the warnings fit, in both languages, at the counter and at the desk", { timeout: 120_000 }, async () => {
  const desk = await signIn(browser, demo, demo.agent, { lang: "en" });
  const at = [[await signedIn(), "/account"], [desk, "/desk"]];
  for (const [page, path] of at) {
    const server = await told(page);
    for (const lang of LANGUAGES) {
      for (const [name, says] of [["idle", { idle: 90, whole: 9_000, draft: true }], ["whole", { idle: 900, whole: 90 }]]) {
        server.says = null;
        await look(page, { lang, width: WIDTHS[0], scheme: "dark" }, url(path));
        server.says = says;
        await later(page, 28);
        await open(page, name);
        await checkPage(page, `stay-${path.slice(1)}-${name}-${lang}`, { lang });
      }
    }
    // The page's own keys are asleep meanwhile.
    await page.keyboard.press("?");
    assert.equal(await page.locator("dialog[open]").count(), 1);
    await page.locator("#stay-whole button[form]").click();
    await page.waitForURL((to) => !to.pathname.startsWith(path) || to.pathname.endsWith("/sign-in"));
    await page.goto(url(path));
    await page.waitForURL(/\/sign-in/);
    assert.equal(await page.locator("#stay").count(), 0);
    await page.context().close();
  }
});
