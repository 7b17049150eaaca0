// Which rules apply, as anybody and as the desk read it: every width, both languages, light and dark.
import { test } from "node:test";
import assert from "node:assert/strict";
import { browser, checkPage, demo, look, openPage, signIn, stage, url } from "./harness.mjs";

stage();

const LOOKS = [
  { lang: "en", width: 320, scheme: "light" },
  { lang: "zh-CN", width: 320, scheme: "dark" },
  { lang: "zh-CN", width: 1440, scheme: "light" },
  { lang: "en", width: 1440, scheme: "dark" },
];

test("anybody reads each rule with its source and what we do", async () => {
  const address = new URL("/rules", demo.url).href;
  const page = await openPage(browser, address);
  const text = await page.textContent("main");
  for (const says of ["after six weeks", "Expected, and not applied yet", "What we do"]) assert.ok(text.includes(says), says);
  const link = page.locator('main a[href="https://www.legislation.gov.uk/ukpga/2024/13/section/261"]');
  assert.equal(await link.getAttribute("rel"), "external noreferrer");
  for (const one of LOOKS) {
    await look(page, one, address);
    await checkPage(page, `rules-${one.lang}-${one.width}-${one.scheme}`, { lang: one.lang });
  }
});

test("the desk reads what holds, and who sets which key", async () => {
  const page = await signIn(browser, demo, demo.agent, { lang: "en" });
  const address = new URL("/desk/rules?on=2027-05-01", demo.url).href;
  await page.goto(address);
  assert.ok((await page.textContent("main")).includes("Expected, and their day has come"));
  for (const one of LOOKS) {
    await look(page, one, address);
    await page.locator("details").last().evaluate((details) => (details.open = true));
    await checkPage(page, `desk-rules-${one.lang}-${one.width}-${one.scheme}`, { lang: one.lang });
  }
});
