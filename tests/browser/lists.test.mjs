// Lists at the desk: views, filters as chips, saved views, search; without script too, in both languages, on a phone.
import { test } from "node:test";
import assert from "node:assert/strict";
import { LANGUAGES, browser, checkPage, demo, signIn, stage, until, url } from "./harness.mjs";

stage({ history: true });

/** Each code counts once, so one sign-in serves all the pages of a person. */
async function again(page, path, { width = 1440, scheme = "light" } = {}) {
  await page.setViewportSize({ width, height: 900 });
  await page.emulateMedia({ colorScheme: scheme });
  await page.goto(url(path));
  return page;
}

test("a list is filtered, saved as a view and found by a word, with nothing but forms", async () => {
  const page = await signIn(browser, demo, demo.approver, { js: false });
  await page.goto(url("/desk?view=all"));
  // A page of a list is full in both; what the filter leaves is of the language that was asked for.
  const others = page.locator(".rows tbody tr small", { hasText: "English" });
  assert.ok((await others.count()) > 0, "cases in English in the demo");

  await page.locator(".pane-filter [name=language][value=zh-CN]").check();
  await page.locator(".pane-filter .btn-primary").click();
  await page.waitForURL(/zh-CN/);
  assert.ok((await page.locator(".rows tbody tr").count()) > 0);
  assert.equal(await others.count(), 0);
  assert.equal(await page.locator(".chips li").count(), 2, "one, and the way to be rid of all");
  await page.locator(".chips a").first().click();
  await page.waitForURL(/\/desk\?view=all$/);
  await page.goBack();

  await page.locator(".keep summary").click();
  await page.fill("[name=view-name]", "New ones 新件");
  await page.check("[name=shared]");
  await page.click(".keep button");
  await page.waitForURL(/done=view-saved/);
  assert.equal(await page.textContent("h1"), "New ones 新件");
  assert.equal(await page.locator(".views [aria-current]").textContent().then((t) => t.startsWith("New ones 新件")), true);
  await checkPage(page, "lists saved view, no script");

  const name = (await page.locator(".rows tbody tr td:nth-of-type(2)").first().textContent()).trim().replace(/(ICCID|EID|MSISDN|IMEI|Serial).*/s, "");
  await page.fill("[name=q]", name);
  await page.press("[name=q]", "Enter");
  await page.waitForURL(/\/desk(\/case\/|\?sought=)/);
  assert.ok(!decodeURIComponent(page.url()).includes(name), "who was sought is in no address");
  assert.ok((await page.locator(".rows tbody tr").count()) > 0 || /\/desk\/case\//.test(page.url()), `search for ${name}`);

  await page.goto(url("/desk?view=all&language=zh-CN"));
  await page.locator(".keep summary").click();
  await page.click(".keep button[value=delete]");
  assert.match(page.url(), /done=view-deleted/);
});

test("lists read well in both languages, light and dark, on a phone and on a desk", async () => {
  const page = await signIn(browser, demo, demo.agent, {});
  for (const lang of LANGUAGES) {
    for (const [width, scheme] of [[320, "light"], [900, "light"], [1440, "light"], [1440, "dark"], [320, "dark"]]) {
      const name = `lists ${lang} ${width} ${scheme}`;
      await again(page, `/desk?view=all&lang=${lang}`, { width, scheme });
      await checkPage(page, name, { lang });
      await again(page, `/desk?stage=received,review,contested&cause=not-proven&unread=yes&sort=due&lang=${lang}`, { width, scheme });
      await checkPage(page, `${name} filtered`, { lang });
    }
    for (const words of ["mei", "nobodyknowsthis"]) {
      await page.fill("#q", words);
      await page.press("#q", "Enter");
      await page.getByText(lang === "en" ? `For “${words}”` : `“${words}”`, { exact: true }).waitFor();
      await checkPage(page, `lists ${lang} search ${words}`, { lang });
    }
  }
});

test("what the desk gave up on in the history, and its letters that reached nobody", async () => {
  const page = await signIn(browser, demo, demo.agent, {});
  for (const view of ["gave-up", "returned"]) {
    await page.goto(url(`/desk/stuck?view=${view}`));
    await until(page, "the history has come to it", () => page.locator(".stuck-rows li").count());
    for (const lang of LANGUAGES) {
      for (const [width, scheme] of [[320, "dark"], [1440, "light"]]) {
        await again(page, `/desk/stuck?view=${view}&lang=${lang}`, { width, scheme });
        await checkPage(page, `lists ${view} ${lang} ${width} ${scheme}`, { lang });
      }
    }
  }
  assert.deepEqual(page.complaints, []);
  await page.context().close();
});
