// The journeys that follow the rules: the German page without a sign-in, the British case that becomes a STAC, the
// article's own path with its refusal mended; the list before one goes. With and without JavaScript.
import { after, before, test } from "node:test";
import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { LANGUAGES, SCHEMES, appears, checkPage, look, openPage, startBrowser, startDemo } from "./harness.mjs";

const dir = mkdtempSync(join(tmpdir(), "cease-rules-"));

/** An operator's pack over one that is built in. */
function over(pack, lines) {
  const path = join(dir, `${pack}.toml`);
  writeFileSync(path, `name = "mine-${pack}"\nextends = "${pack}"\n${lines}\n`);
  return path;
}

let browser, demos;
before(async () => {
  const start = (rules) => startDemo({ args: ["--rules", rules] });
  // Germany as it is built in; the others with what an operator there would choose.
  const [german, british, article, chromium] = await Promise.all([
    start("de"),
    start(over("uk", "backup_required = false\nnotice_days = 30")),
    start(over("generic", 'sign_in_required = true\non_difference = "refuse"')),
    startBrowser(),
  ]);
  [demos, browser] = [{ german, british, article }, chromium];
});
after(async () => {
  await browser?.close();
  await Promise.all(Object.values(demos ?? {}).map((demo) => demo.stop()));
  rmSync(dir, { recursive: true, force: true });
});

const at = (demo, path) => new URL(path, demo.url).href;
const free = (demo) => demo.cards.find((card) => !card.must_return && card.username === "li.wei");

async function everyLook(page, name, address) {
  for (const lang of LANGUAGES) {
    for (const width of [320, 1440]) {
      for (const scheme of SCHEMES) {
        await look(page, { lang, width, scheme }, address);
        await checkPage(page, `${name}-${lang}-${width}-${scheme}`, { lang });
      }
    }
  }
}

for (const js of [true, false]) {
  test(`Germany: two buttons with the words of the law, no sign-in, a receipt within a second (script ${js})`, { timeout: 240_000 }, async () => {
    const demo = demos.german;
    for (const lang of LANGUAGES) {
      const page = await openPage(browser, at(demo, `/?lang=${lang}`), { lang, js, width: 320 });
      const start = page.locator("main a.btn", { hasText: "Verträge hier kündigen" });
      assert.equal((await start.innerText()).trim(), "Verträge hier kündigen");
      assert.equal(await start.getAttribute("lang"), "de");
      await start.click();
      assert.equal(new URL(page.url()).pathname, "/cancel");
      assert.equal(await page.locator("input[type=password]").count(), 0);
      await page.fill("#f-name", "Mei Lin 林梅");
      await page.fill("#f-number", free(demo).iccid);
      await page.fill("#f-email", "mei@example.com");
      const press = page.locator("main form button.btn-primary");
      assert.equal((await press.innerText()).trim(), "jetzt kündigen");
      // The answer to the press is the receipt, with nothing to wait for in between.
      const [answer] = await Promise.all([page.waitForResponse((r) => r.request().method() === "POST"), press.click()]);
      assert.match(answer.headers().location ?? "", /\/receipt$/);
      await page.waitForURL(/\/receipt$/);
      const text = await page.locator("main").innerText();
      for (const said of ["jetzt kündigen", "mei@example.com", "Mei Lin 林梅"]) assert.ok(text.includes(said), said);
      // § 312k(4): date and time of receipt, on the page and in the file that can be kept.
      const year = new Date().getFullYear();
      assert.ok(text.includes(year) && /\d{2}:\d{2}/.test(text), text);
      assert.match(text, /The contract ends, at the earliest|合约最早终止时间/);
      const kept = await (await page.request.get(page.url().replace(/receipt$/, "receipt.json"))).text();
      for (const said of ["received_at", new URL(page.url()).pathname.split("/")[2]]) assert.ok(kept.includes(said), kept);
      assert.equal(await page.locator('a[href$="receipt.json"]').count(), 1);
      await checkPage(page, `ways-de-receipt-${lang}-${js}`, { lang });
    }
  });
}

test("Germany: how the one page and the withdrawal look", { timeout: 240_000 }, async () => {
  const page = await openPage(browser, at(demos.german, "/cancel"), { lang: "en", expect: [/status of 422/] });
  await everyLook(page, "ways-de-form", at(demos.german, "/cancel"));
  await everyLook(page, "ways-de-withdraw", at(demos.german, "/withdraw"));
  await look(page, { lang: "en", width: 320, scheme: "light" }, at(demos.german, "/cancel"));
  await page.locator("main form button.btn-primary").click();
  await page.waitForSelector(".errors");
  await checkPage(page, "ways-de-wrong", { lang: "en" });
});

for (const [js, lang, on] of [[true, "en", "Continue"], [false, "zh-CN", "继续"]]) {
  test(`the United Kingdom: a cancellation that becomes a STAC (${lang}, script ${js})`, { timeout: 240_000 }, async () => {
    const demo = demos.british;
    const card = demo.cards.filter((one) => !one.must_return && one.username === "sofia.martin")[js ? 0 : 1] ?? free(demo);
    const page = await openPage(browser, at(demo, `/sign-in?lang=${lang}&next=/cancel`), { lang, js });
    await page.fill("#f-login", card.username);
    await page.fill("#f-password", demo.holder.password);
    await page.locator("main form .btn-primary").click();
    await page.waitForURL(/\/cancel/);
    await page.fill("#f-number", card.iccid);
    await page.locator("main form .btn-primary", { hasText: on }).click();
    await page.waitForURL(/\/cancel\/you/);
    await page.locator("main form .btn-primary").click();
    await page.waitForURL(/\/cancel\/statement/);
    await page.locator("label[for=f-moving-stac]").click();
    await page.locator("label[for=f-unused-lapse]").click();
    await page.locator("main form .btn-primary", { hasText: on }).click();
    await page.waitForURL(/\/cancel\/before/);
    await page.locator("main form .btn-primary").click();
    await page.waitForURL(/\/cancel\/check/);
    // What was answered of the move is read again before it counts, and stands on the receipt.
    const moves = lang === "en" ? ["Yes, with a new number", "Let my plan run on"] : ["转，换新号码", "套餐照常继续"];
    for (const said of moves) assert.ok((await page.locator("main dl.summary").first().innerText()).includes(said), said);
    if (js) await everyLook(page, "ways-uk-check", at(demo, "/cancel/check"));
    await page.goto(at(demo, `/cancel/check?lang=${lang}`));
    await page.locator("main form .btn-primary").click();
    await page.waitForURL(/\/receipt$/);
    for (const said of moves) assert.ok((await page.locator("main .slip").innerText()).includes(said), said);
    const address = page.url().replace("/receipt", "/switch");
    await page.goto(address);
    // Ofcom C7 gives a minute for it.
    await appears(page, page.locator("#switch-code"));
    const code = (await page.locator("#switch-code").innerText()).trim();
    assert.match(code, /^\d{6}[A-Z]{3}$/);
    if (js) await everyLook(page, "ways-uk-code", address);
    await page.goto(at(demo, "/demo?lang=en"));
    assert.ok((await page.locator("main").innerText()).includes(code), "the code was not written");
  });
}

test("the article's own path: sign in, an exact match or a refusal, mended by the holder", { timeout: 240_000 }, async () => {
  const demo = demos.article;
  const words = { en: ["Continue", /do not match|differ/i], "zh-CN": ["继续", /不一致|不符/] };
  const cards = demo.cards.filter((card) => !card.must_return && card.username === demo.holder.username);
  for (const [n, lang] of LANGUAGES.entries()) {
    const page = await openPage(browser, at(demo, `/cancel?lang=${lang}`), { lang, width: 320 });
    assert.equal(await page.locator("#f-number").count(), 0, "nobody declares before signing in");
    await page.goto(at(demo, "/sign-in?next=/cancel"));
    await page.fill("#f-login", demo.holder.username);
    await page.fill("#f-password", demo.holder.password);
    await page.locator("main form .btn-primary").click();
    await page.waitForURL(/\/cancel/);
    await page.fill("#f-number", cards[n].iccid);
    await page.locator("main form .btn-primary", { hasText: words[lang][0] }).first().click();
    await page.waitForURL(/\/cancel\/you/);
    await page.fill("#f-name", "Somebody Else");
    await page.locator("main form .btn-primary").click();
    await page.waitForURL(/\/cancel\/statement/);
    await page.locator("main form .btn-primary").last().click();
    await page.waitForURL(/\/cancel\/before/);
    await page.locator("label[for=f-backup-nothing]").click();
    await page.locator("main form .btn-primary").click();
    await page.waitForURL(/\/cancel\/check/);
    await page.locator("main form .btn-primary").click();
    await page.waitForURL(/\/receipt$/);
    const status = page.url().replace("/receipt", "");
    await page.goto(status);
    assert.match(await page.locator("main").innerText(), words[lang][1]);
    await checkPage(page, `ways-article-refused-${lang}`, { lang });
    await page.goto(`${status}/correct`);
    await page.fill("#f-name", cards[n].holder);
    await page.locator("main form .btn-primary").click();
    await page.waitForURL((url) => url.pathname === new URL(status).pathname);
    await appears(page, page.locator('a[href$="/certificate"]'));
  }
});

test("before one goes: ticks stay in this browser, and without script there is a list to print", { timeout: 240_000 }, async () => {
  const demo = demos.british;
  const page = await openPage(browser, at(demo, "/before"), { lang: "en" });
  await everyLook(page, "ways-before", at(demo, "/before"));
  await page.check('[data-go="banks"]');
  await page.check('[data-go="codes"]');
  const sent = [];
  page.on("request", (request) => request.method() !== "GET" && sent.push(request.url()));
  await page.reload();
  assert.ok(await page.isChecked('[data-go="banks"]'));
  assert.equal(await page.locator("[data-leaving-done]").innerText(), "2");
  assert.deepEqual(sent, []);
  await page.locator("[data-leaving-clear]").click();
  await page.reload();
  assert.ok(!(await page.isChecked('[data-go="banks"]')));
  const plain = await openPage(browser, at(demo, "/before"), { lang: "zh-CN", js: false, width: 320 });
  assert.ok((await plain.locator("[data-go]").count()) > 8);
  assert.ok(!(await plain.locator("[data-leaving-sum]").isVisible()));
  await checkPage(plain, "ways-before-plain", { lang: "zh-CN" });
});

test("for somebody else, and the code's own page, look as they should", { timeout: 240_000 }, async () => {
  const page = await openPage(browser, at(demos.british, "/cancel/behalf"), { lang: "en", expect: [/status of 422/] });
  await everyLook(page, "ways-behalf", at(demos.british, "/cancel/behalf"));
  await everyLook(page, "ways-switching", at(demos.british, "/switching"));
  await look(page, { lang: "en", width: 320, scheme: "light" }, at(demos.british, "/cancel/behalf"));
  await page.locator("label[for=f-capacity-estate]").click();
  await page.fill("#f-holder", "James Okoro");
  await page.fill("#f-number", demos.british.cards.find((card) => card.username === "james.okoro").iccid);
  await page.fill("#f-certificate", "QBDAA 123456");
  await page.fill("#f-name", "Ada Okoro");
  await page.fill("#f-email", "ada@example.org");
  await page.locator("main form .btn-primary").click();
  await page.waitForURL(/\/receipt$/);
  assert.ok((await page.locator("main").innerText()).includes("The holder has died"));
  const status = page.url().replace("/receipt", "");
  await page.goto(status);
  assert.equal(await page.locator('a[href^="/confirm"]').count(), 0, "nobody is asked for the dead person's codes");
  await everyLook(page, "ways-complaint", `${status}/complaint`);
});
