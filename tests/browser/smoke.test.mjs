// The pages that a stranger meets first, in every language, width and colour scheme, with and without JavaScript.
import { test } from "node:test";
import assert from "node:assert/strict";
import { LANGUAGES, SCHEMES, WIDTHS, browser, checkPage, demo, openPage, stage, totp, url } from "./harness.mjs";

stage({ history: true });

test("the demo says where it is and who may enter", () => {
  assert.match(demo.url, /^http:\/\/127\.0\.0\.1:\d+/);
  for (const person of ["holder", "agent", "approver"]) {
    assert.ok(demo[person].username && demo[person].password, person);
  }
  assert.ok(demo.cards.length > 0);
  assert.match(totp(demo.agent.totp_secret), /^\d{6}$/);
});

test("one-time codes are those of RFC 6238", () => {
  const secret = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ";
  assert.equal(totp(secret, 59_000), "287082");
  assert.equal(totp(secret, 1_111_111_109_000), "081804");
});

// Every look with JavaScript; without it, the narrow one.
const LOOKS = [
  ...WIDTHS.flatMap((width) => SCHEMES.map((scheme) => ({ width, scheme, js: true }))),
  { width: 320, scheme: "light", js: false },
];

for (const path of ["/", "/cancel", "/sign-in", "/recover", "/case", "/verify", "/check", "/log/", "/help/esim", "/demo", "/desk", "/no-such-page"]) {
  for (const lang of LANGUAGES) {
    test(`${path} in ${lang}`, { timeout: 180_000 }, async () => {
      for (const { width, scheme, js } of LOOKS) {
        const expect = path === "/no-such-page" ? [/404/] : [];
        const page = await openPage(browser, new URL(path, demo.url).href, { lang, width, scheme, js, expect });
        const name = ["smoke", path.slice(1).replace(/\/$/, "").replaceAll("/", "-") || "start", lang, width, scheme, js ? "js" : "nojs"].join("-");
        await checkPage(page, name, { lang });
        await page.context().close();
      }
    });
  }
}

test("whoever changes the language with words that were not sent is asked first", { timeout: 60_000 }, async () => {
  const page = await openPage(browser, new URL("/check/report", demo.url).href, { lang: "en", width: 320, scheme: "light", js: true, expect: [/422/] });
  const other = () => page.locator("a[hreflang]").first().click({ noWaitAfter: true });
  const asked = async (answer) => {
    const dialog = page.waitForEvent("dialog");
    const clicked = other();
    assert.equal((await dialog).type(), "beforeunload");
    await (await dialog)[answer]();
    await clicked;
  };
  // By key, as people do: a browser asks only those who have touched the page.
  await page.locator("main textarea").pressSequentially("I am to pay to a stranger");
  // They stay, and lose nothing.
  await asked("dismiss");
  assert.equal(await page.inputValue("main textarea"), "I am to pay to a stranger");
  // They go all the same.
  await asked("accept");
  await page.waitForURL(/lang=zh-CN/);
  // What came back with its errors would be lost as well.
  await page.fill("main textarea", "有人要我付款");
  await page.locator("main form .act button").click();
  await page.waitForSelector(".errors");
  await asked("accept");
  await page.waitForURL(/lang=en/);
  // With nothing typed nobody is asked; a dialog that nobody answers would hold the page.
  await other();
  await page.waitForURL(/lang=zh-CN/);
  await page.context().close();
});

test("what somebody got is held against the register", { timeout: 60_000 }, async () => {
  const got = {
    "https://laika.example/case": ["en", "An official channel"],
    "英国莱卡数据卡如何注销？[[TG💪+ @esim1088](https://t.me/s/esim1088)]": ["zh-CN", "不是我们"],
    "https://laika.example.refunds.example.net/ act now": ["en", "Not us"],
  };
  for (const [text, [lang, says]] of Object.entries(got)) {
    for (const js of [true, false]) {
      const page = await openPage(browser, new URL("/check", demo.url).href, { lang, width: 320, scheme: "dark", js });
      await page.fill("textarea", text);
      await page.click("main form button");
      await page.locator("main .notice").first().waitFor();
      assert.equal(await page.locator("main h1").innerText(), says);
      await checkPage(page, `check-${lang}-${says.length}-${js ? "js" : "nojs"}`, { lang });
      await page.context().close();
    }
  }
});
