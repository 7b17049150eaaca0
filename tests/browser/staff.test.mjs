// What staff see of people, and who has seen what: masked, shown for a reason, on the record; in both languages, at a
// telephone's width and a desk's, without JavaScript too.
import { test } from "node:test";
import assert from "node:assert/strict";
import { LANGUAGES, SCHEMES, browser, checkPage, demo, look, openPage, signIn, stage, url } from "./harness.mjs";

stage({ history: true });

/** 王芳 has not shown who she is; her case waits for two signatures. */
const HER = { name: "王芳", email: "wang.fang@example.com", address: "北京市海淀区中关村大街27号", phone: "+447700900103" };

const jars = new Map();
async function atDesk(part, options = {}) {
  const jar = jars.get(part);
  if (!jar) {
    const page = await signIn(browser, demo, demo[part], options);
    jars.set(part, (await page.context().cookies()).filter((cookie) => cookie.name !== "lang"));
    return page;
  }
  const page = await openPage(browser, url("/desk/sign-in"), options);
  await page.context().addCookies(jar);
  return page;
}

/** The address of her case, found by the name that whoever searches knows. */
async function herCase(page) {
  await page.goto(url("/desk?view=review"));
  const row = page.locator("table.rows tr", { hasText: "王••" });
  assert.equal(await row.count(), 1, "one masked row in review");
  return (await row.locator(".row-link").getAttribute("href")).split("?")[0];
}

async function hides(page, what) {
  const text = await page.locator("main").innerText();
  for (const value of Object.values(HER)) assert.ok(!text.includes(value), `${what} shows ${value}`);
}

test("masked until somebody says why, and then on the record", { timeout: 120_000 }, async () => {
  const page = await atDesk("agent", { js: false, expect: [/403|422/] });
  const path = await herCase(page);
  await hides(page, "the list");
  await page.goto(url(path));
  await hides(page, "the case");
  const compared = await page.locator("table.compare").first().innerText();
  assert.match(compared, /王••/);
  assert.match(compared, /w••@example\.com/);
  assert.match(compared, /•••• 0103/);

  // Without a reason there is nothing, and what was typed is kept.
  await page.locator("#shades summary").click();
  await page.fill("#f-reveal-text", "ab");
  await page.locator("#shades form button").click();
  await page.locator(".errors").waitFor();
  await hides(page, "the form");
  assert.equal(await page.inputValue("#f-reveal-text"), "ab");
  await checkPage(page, "staff-reveal-errors-en-1440-nojs", { lang: "en" });

  await page.locator('label[for="f-reveal-reason-identify"]').click();
  await page.fill("#f-reveal-text", "王芳 asks by phone");
  await page.locator(".reveal button").click();
  await page.waitForURL((to) => to.pathname === path);
  assert.match(await page.locator("table.compare").first().innerText(), /北京市海淀区中关村大街27号/);
  await checkPage(page, "staff-shown-en-1440-nojs", { lang: "en" });
  await page.context().close();

  // For them alone.
  const lead = await atDesk("approver");
  await lead.goto(url(path));
  await hides(lead, "a colleague's page");
  await lead.locator(".shades ~ p a, a[href*='/desk/looks?case=']").first().click();
  await lead.waitForURL(/\/desk\/looks\?case=/);
  const looks = await lead.locator("table.looks").innerText();
  assert.match(looks, /Lin Hao[\s\S]*Had personal data shown[\s\S]*王•• asks by phone/);
  assert.match(looks, /Opened the case/);
  assert.ok(!looks.includes("王芳"));
  await lead.context().close();
});

test("the pages look right in both languages, on a telephone and at a desk", { timeout: 180_000 }, async () => {
  const page = await atDesk("approver", { expect: [/403/] });
  const path = await herCase(page);
  for (const lang of LANGUAGES) {
    for (const width of [320, 1440]) {
      for (const scheme of SCHEMES) {
        const name = `${lang}-${width}-${scheme}`;
        await look(page, { lang, width, scheme }, url(path));
        await page.locator("#shades summary").click();
        await checkPage(page, `staff-masked-case-${name}`, { lang });
        await look(page, { lang, width, scheme }, url(`${path}/receipt`));
        await page.locator(".reveal").waitFor();
        await checkPage(page, `staff-masked-receipt-${name}`, { lang });
        await look(page, { lang, width, scheme }, url("/desk/looks"));
        await checkPage(page, `staff-looks-${name}`, { lang });
        const [inside, room] = await page.locator(".looks-box").evaluate((box) => [box.scrollWidth, box.clientWidth]);
        assert.ok(inside <= room, `${name}: the looks are ${inside} wide in ${room}`);
      }
    }
  }
  await page.context().close();
});
