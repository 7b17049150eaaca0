// Is it us? A holder and an agent, each in a browser of their own: what one does shows on the other's screen, both see
// the same digits, and everything works by reloading too.
import { test } from "node:test";
import assert from "node:assert/strict";
import { LANGUAGES, SCHEMES, appears, browser, checkPage, demo, look, openPage, signIn, stage, url } from "./harness.mjs";

let agent;
stage({ history: true, ready: async () => (agent = await signIn(browser, demo, demo.agent)) });

const digits = async (page) => (await page.locator("#contact .digits b").allInnerTexts()).join("");

let used = 0;
/** A holder with a case, on its page. */
async function holder(options = {}) {
  const page = await openPage(browser, url("/chat"), options);
  await page.fill("#f-words", "Please end my card.");
  await page.fill("#f-number", demo.cards[used++ % demo.cards.length].iccid);
  await page.locator("button[value=declare]").click();
  await page.waitForURL(/\/case\/[^/]+\/chat/);
  const reference = /\/case\/([^/]+)\//.exec(page.url())[1];
  await page.goto(url(`/case/${reference}/contact`));
  return { page, reference };
}

const atCase = (reference, page = agent) => page.goto(url(`/desk/case/${reference}?view=all#contact`));
const compare = async (code, page = agent) => {
  await page.fill("#f-code", code);
  await page.locator(".contact-compare button").click();
  await page.waitForURL(/contact=/);
};

test("the page says who talks, by itself, and both see the same digits", { timeout: 120_000 }, async () => {
  const { page, reference } = await holder();
  await page.evaluate(() => (globalThis.sameDocument = true));
  await page.locator(".contact-now:not(.is-talking)").waitFor();
  await checkPage(page, "contact-not");
  await atCase(reference);
  await checkPage(agent, "contact-desk-none");
  await agent.getByRole("button", { name: "They rang us" }).click();
  await page.locator(".contact-now.is-talking").waitFor();
  await page.getByText("you rang us").waitFor();
  const theirs = await digits(page);
  assert.match(theirs, /^\d{4}$/);
  await checkPage(page, "contact-theirs");
  await checkPage(agent, "contact-desk-open");
  assert.equal(await digits(agent), "", "the agent has nothing to give away");
  await compare(String((Number(theirs) + 1) % 10_000).padStart(4, "0"));
  await agent.getByText("Those are not the digits").waitFor();
  await checkPage(agent, "contact-desk-wrong");
  await compare(theirs);
  await agent.getByText("Now read these four digits").waitFor();
  await page.getByText("reads these four digits to you").waitFor();
  assert.equal(await digits(page), await digits(agent), "the same on both screens");
  assert.notEqual(await digits(page), theirs);
  await checkPage(page, "contact-ours");
  await checkPage(agent, "contact-desk-ours");
  const code = await agent.locator("#contact .num-mono").last().innerText();
  await agent.getByRole("button", { name: "We have finished" }).click();
  await page.locator(".contact-now:not(.is-talking)").waitFor();
  assert.equal(await page.evaluate(() => globalThis.sameDocument), true, "the page was not reloaded");
  assert.deepEqual(page.complaints, []);
  // Whoever has the address alone sees nothing.
  const stranger = await openPage(browser, url(`/case/${reference}/contact`));
  await stranger.waitForURL(/\/case\?ref=/);
  await stranger.goto(url("/check"));
  await stranger.fill("#f-text", code);
  await stranger.locator("main form .btn-primary").click();
  await stranger.getByRole("heading", { name: "Nobody’s code" }).waitFor();
  await checkPage(stranger, "contact-check-agent");
  await stranger.context().close();
  await page.context().close();
});

test("a chat with both there is a contact, and the status page says so", { timeout: 120_000 }, async () => {
  const { page, reference } = await holder();
  await page.goto(url(`/case/${reference}/chat`));
  const status = await page.context().newPage();
  await status.goto(url(`/case/${reference}`));
  await atCase(reference);
  await agent.getByText("reads this at once").waitFor();
  await agent.fill("#f-chat-text", "Good day");
  await agent.locator(".chat-form button.btn").click();
  await status.getByText("Nowhere else").waitFor();
  await page.context().close();
});

for (const lang of LANGUAGES) {
  test(`by reloading alone, on a small screen: ${lang}`, { timeout: 120_000 }, async () => {
    const { page, reference } = await holder({ js: false, lang, width: 320 });
    await checkPage(page, `contact-plain-not-${lang}`, { lang });
    const cookies = await agent.context().cookies();
    const plain = await openPage(browser, url("/"), { js: false, lang, width: 320 });
    await plain.context().addCookies(cookies.filter((cookie) => cookie.name.endsWith("cease")));
    await atCase(reference, plain);
    await plain.locator("button[value=rang-us]").click();
    await plain.waitForURL(/contact=opened/);
    await page.locator("noscript a, main a[href$='/contact']").first().click();
    await page.locator(".contact-now.is-talking").waitFor();
    await checkPage(page, `contact-plain-theirs-${lang}`, { lang });
    await compare(await digits(page), plain);
    await page.reload();
    assert.equal(await digits(page), await digits(plain));
    await checkPage(plain, `contact-plain-desk-${lang}`, { lang });
    await page.goto(url(`/case/${reference}`));
    await checkPage(page, `contact-plain-status-${lang}`, { lang });
    await page.context().close();
    await plain.context().close();
  });
}

test("every look of the pages", { timeout: 120_000 }, async () => {
  const { page, reference } = await holder();
  await atCase(reference);
  await agent.getByRole("button", { name: "They rang us" }).click();
  await page.locator(".contact-now.is-talking").waitFor();
  for (const lang of LANGUAGES) {
    for (const scheme of SCHEMES) {
      for (const width of [320, 1440]) {
        const name = `${lang}-${scheme}-${width}`;
        await look(page, { lang, width, scheme }, url(`/case/${reference}/contact`));
        await checkPage(page, `contact-page-${name}`, { lang });
        await look(agent, { lang, width, scheme }, url(`/desk/case/${reference}?view=all`));
        await checkPage(agent, `contact-desk-${name}`, { lang });
      }
    }
  }
  await look(agent, { lang: "en", width: 1440, scheme: "light" }, url("/desk"));
  await page.context().close();
});

test("a phrase is chosen, and stands in the mail that follows", { timeout: 120_000 }, async () => {
  const { username, password } = demo.holder;
  const page = await openPage(browser, url("/sign-in"), { expect: [/422/] });
  await page.fill("#f-login", username);
  await page.fill("#f-password", password);
  await page.locator("main form .btn-primary").first().click();
  await page.waitForURL(/\/account/);
  await page.locator("a[href='/account/phrase']").click();
  await checkPage(page, "phrase-none");
  await page.fill("#f-phrase", "4111 1111 1111 1111");
  await page.locator("button[value=keep]").click();
  await page.locator(".errors").waitFor();
  await checkPage(page, "phrase-refused");
  await page.fill("#f-phrase", "blue whale 蓝鲸");
  await page.locator("button[value=keep]").click();
  await page.waitForURL(/done/);
  await page.locator(".phrase-now", { hasText: "blue whale 蓝鲸" }).waitFor();
  for (const lang of LANGUAGES) {
    for (const scheme of SCHEMES) {
      for (const width of [320, 1440]) {
        await look(page, { lang, width, scheme }, url("/account/phrase?done"));
        await checkPage(page, `phrase-${lang}-${scheme}-${width}`, { lang });
      }
    }
  }
  // Removing it is told by a message that still has it.
  await page.locator("button[value=forget]").click();
  await page.waitForURL(/done/);
  const outbox = await openPage(browser, url("/demo"));
  const mail = outbox.locator("article", { hasText: "blue whale 蓝鲸" }).first();
  await appears(outbox, mail);
  const told = await mail.innerText();
  const code = /[0-9A-Z]{4}-[0-9A-Z]{4}-[0-9A-Z]{4}/.exec(told)[0];
  await outbox.goto(url("/check"));
  await outbox.fill("#f-text", code);
  await outbox.locator("main form .btn-primary").click();
  await outbox.getByRole("heading", { name: "Code of a message of ours" }).waitFor();
  await checkPage(outbox, "contact-check-code");
  await outbox.context().close();
  await page.context().close();
});
