// After the end: the alarm at the desk, the holder's page, a report and its confirmation; every look, and without
// JavaScript.
import { test } from "node:test";
import assert from "node:assert/strict";
import { LANGUAGES, SCHEMES, appears, browser, checkPage, demo, look, openPage, signIn, stage, url } from "./harness.mjs";

stage({ history: true });

/** The one case in the demo's list of alarms: its reference, and the contact that opens it now that its card has ended. */
async function alarm(page) {
  // The list is a moment behind.
  await page.goto(url("/desk?flag=alarm&lang=en"));
  await appears(page, page.locator(".row-link"));
  assert.equal(await page.locator(".row-link").count(), 1);
  const reference = (await page.locator(".row-link").innerText()).trim();
  await page.locator(".row-link").click();
  await page.waitForSelector(".alarms");
  // Its holder has shown who they are, so nothing is masked.
  const [fact] = /[\w.]+@example\.com/.exec(await page.locator("main").innerText());
  return { reference, fact };
}

test("an alarm, from the desk's list to the holder's page and back", { timeout: 240_000 }, async () => {
  const desk = await signIn(browser, demo, demo.agent, { lang: "en" });
  const { reference, fact } = await alarm(desk);
  assert.match(await desk.locator(".alarms").innerText(), /Something was charged.*4\.99 GBP/s);

  const holder = await openPage(browser, url("/case"), { lang: "en", js: false, expect: [/status of 422/] });
  await holder.fill("#f-ref", reference);
  await holder.fill("#f-fact", fact);
  await holder.locator("main form .btn-primary").click();
  await holder.locator(`a[href="/case/${reference}/after"]`).click();
  assert.match(await holder.locator("main").innerText(), /Something was charged/);
  for (const lang of LANGUAGES) {
    for (const width of [320, 1440]) {
      for (const scheme of SCHEMES) {
        await look(holder, { lang, width, scheme }, url(`/case/${reference}/after`));
        await checkPage(holder, `after-${lang}-${width}-${scheme}`, { lang });
        await look(desk, { lang, width, scheme }, url(`/desk/case/${reference}`));
        await checkPage(desk, `alarm-${lang}-${width}-${scheme}`, { lang });
      }
    }
  }
  const svg = desk.locator("svg.lifeline");
  assert.ok((await svg.locator("> title").textContent()).length > 2);
  assert.ok((await svg.locator("> desc").textContent()).includes("2026") && (await svg.locator(".l-mark.is-alarm").count()) === 1);

  // A report, without script: what is wrong stays typed, what is right is confirmed.
  await look(holder, { lang: "en", width: 320, scheme: "light" }, url(`/case/${reference}/after`));
  await holder.fill("#f-amount", "7.50 GBP");
  await holder.locator("main form .btn-primary").click();
  assert.match(await holder.locator(".errors").innerText(), /Give the day/);
  assert.equal(await holder.inputValue("#f-amount"), "7.50 GBP");
  await checkPage(holder, "after-wrong-320");
  await holder.fill("#f-on", "2026-01-05");
  await holder.locator("main form .btn-primary").click();
  await holder.waitForURL(/reported=1/);
  assert.match(await holder.locator(".notice-done").innerText(), /Your report has arrived/);
  await checkPage(holder, "after-reported-320");

  // The desk asks the network, then clears one alarm up.
  await desk.goto(url(`/desk/case/${reference}?lang=en`));
  await desk.locator("details.deed", { hasText: "Ask the network again" }).locator("summary").click();
  await desk.locator('form[action$="/look-again"] button').click();
  await desk.waitForURL(/done=look-again/);
  await desk.waitForFunction(async () => (await (await fetch(location.href)).text()).includes("asked again: gone"));
  await desk.goto(url(`/desk/case/${reference}?lang=en`));
  await desk.click('label[for="f-close-alarm-kind-charge"]');
  await desk.click('label[for="f-close-alarm-why-corrected"]');
  await desk.fill("#f-close-alarm-text", "The charge has been taken back.");
  await desk.locator('form[action$="/close-alarm"] button').click();
  await desk.waitForURL(/done=close-alarm/);
  await holder.goto(url(`/case/${reference}/after`));
  assert.match(await holder.locator("main").innerText(), /the bill has been corrected/);
  await checkPage(holder, "after-closed-320");
  await desk.context().close();
  await holder.context().close();
});

test("the page after, with script, is accessible", { timeout: 60_000 }, async () => {
  // A code is good once, so another colleague looks.
  const desk = await signIn(browser, demo, demo.approver, { lang: "en" });
  const { reference, fact } = await alarm(desk);
  const holder = await openPage(browser, url("/case"), { lang: "en", width: 320 });
  await holder.fill("#f-ref", reference);
  await holder.fill("#f-fact", fact);
  await holder.locator("main form .btn-primary").click();
  await holder.goto(url(`/case/${reference}/after`));
  await checkPage(holder, "after-script-320", { lang: "en" });
  await desk.context().close();
  await holder.context().close();
});
