// The chat as two people have it: a holder and an agent, each in a browser of their own. What is said arrives on the
// other screen without a reload, survives a lost connection, and works by posting and reloading too.
import { test } from "node:test";
import assert from "node:assert/strict";
import { LANGUAGES, SCHEMES, appears, assertAccessible, assertFits, browser, checkPage, demo, newestCode, openPage, shot, signIn, stage, url } from "./harness.mjs";

stage({ history: true });

// A lost connection and a refused stream are what these tests bring about; the console says so.
const EXPECT = [/ERR_INTERNET_DISCONNECTED/, /ERR_CONNECTION/, /422/];

const agentPage = (who = "agent") => signIn(browser, demo, demo[who], { expect: EXPECT });

let used = 0;
/** A holder who has said in the chat what they want; answers their page and the reference. */
async function holderPage({ words = "Please end my card.", email = "mei@mail.example", ...options } = {}) {
  const page = await openPage(browser, url("/chat"), { expect: EXPECT, ...options });
  const card = demo.cards[used++ % demo.cards.length];
  await page.fill("#f-words", words);
  await page.fill("#f-number", card.iccid);
  if (email) await page.fill("#f-email", email);
  await page.locator("button[value=declare]").click();
  await page.waitForURL(/\/case\/[^/]+\/chat/);
  return { page, reference: /\/case\/([^/]+)\//.exec(page.url())[1] };
}

const texts = (page) => page.locator(".chat .chat-text").allInnerTexts();
const say = async (page, field, text) => {
  await page.fill(field, text);
  await page.locator(`form:has(${field}) button.btn`).click();
};
const arrives = (page, text) => page.locator(".chat .chat-text", { hasText: text }).waitFor({ timeout: 10_000 });

/** What was said is no longer in its field: the answer came back. The other side may have it before that. */
const isSent = (page) => page.waitForFunction(() => document.getElementById("f-said").value === "");

// The agent stays signed in for all of these.
let agent;
const atCase = async (reference) => {
  agent ??= await agentPage();
  await agent.goto(url(`/desk/case/${reference}?view=all#chat`));
  return agent;
};
const takes = async (yes) => {
  agent ??= await agentPage();
  await agent.goto(url("/desk/chats"));
  const button = agent.locator(`button[value=${yes ? "take" : "stop"}]`);
  if (await button.count()) {
    await button.click();
    await agent.locator(`button[value=${yes ? "stop" : "take"}]`).waitFor();
  }
};

test("both ways, each on the other's screen without a reload", { timeout: 120_000 }, async () => {
  await takes(true);
  const { page: holder, reference } = await holderPage();
  await holder.getByText("number 1 in the queue").waitFor();
  await atCase(reference);
  await arrives(agent, "Please end my card.");
  await agent.getByText("reads this at once").waitFor();
  await holder.evaluate(() => (globalThis.sameDocument = true));
  await agent.evaluate(() => (globalThis.sameDocument = true));
  await agent.locator("#f-chat-text").pressSequentially("Good day");
  await holder.getByText("Someone at the desk is typing").waitFor();
  await shot(holder, "chat-typing");
  await say(agent, "#f-chat-text", "Good day, how can I help?");
  await arrives(holder, "how can I help?");
  await holder.getByText("The desk is here").waitFor();
  await holder.locator("#f-said").pressSequentially("When does it");
  await agent.getByText("The holder is typing").waitFor();
  await holder.fill("#f-said", "When does it end?");
  await holder.keyboard.press("Enter");
  await arrives(agent, "When does it end?");
  await isSent(holder);
  for (const page of [holder, agent]) {
    assert.equal(await page.evaluate(() => globalThis.sameDocument), true, "the page was not reloaded");
    assert.equal((await texts(page)).length, 3);
    assert.deepEqual(page.complaints, []);
  }
  assert.match(await agent.locator(".chat li .tag").first().innerText(), /unverified/);
  // What is being typed stays, whatever arrives.
  await agent.fill("#f-chat-text", "half a sen");
  await say(holder, "#f-said", "And my number?");
  await arrives(agent, "And my number?");
  assert.equal(await agent.inputValue("#f-chat-text"), "half a sen");
  await shot(agent, "chat-desk-case");
  // So does a reply, and the one thread of the case shows what came, with nothing reloaded.
  await agent.fill("#f-reply-text", "Dear holder, half a rep");
  await say(holder, "#f-said", "Is anybody there?");
  await agent.locator("#thread-lines .said", { hasText: "Is anybody there?" }).waitFor({ timeout: 10_000 });
  assert.equal(await agent.inputValue("#f-reply-text"), "Dear holder, half a rep");
  assert.equal(await agent.evaluate(() => globalThis.sameDocument), true);
  await agent.fill("#f-reply-text", "");
  // The whole of it by mail, to the address on record and to no other, once they have shown who they are.
  assert.equal(await holder.getByRole("button", { name: "Send me all of this" }).count(), 0, "a number proves nobody");
  await holder.getByRole("link", { name: "Show who you are" }).click();
  const go = () => holder.locator("main form .btn-primary").first().click();
  await holder.locator('label[for="f-by-email"]').click();
  await go();
  await holder.fill("#f-code", await newestCode());
  await go();
  await holder.waitForURL(new RegExp(`/case/${reference}$`));
  await holder.goto(url(`/case/${reference}/chat`));
  await holder.getByRole("button", { name: "Send me all of this" }).click();
  await holder.getByText("It is on its way").waitFor();
  await checkPage(holder, "chat-transcript-sent");
  const outbox = await openPage(browser, url("/demo"));
  const mail = outbox.locator("article", { hasText: "Is anybody there?" }).first();
  await appears(outbox, mail);
  assert.match(await mail.innerText(), /how can I help\?/);
  assert.doesNotMatch(await mail.innerText(), /mei@mail\.example/, "the address that was only typed gets none");
  await outbox.context().close();
  await holder.context().close();
});

test("a case that moves on says so on the pages of it that are open", { timeout: 120_000 }, async () => {
  const { page: holder, reference } = await holderPage();
  const lead = await agentPage("approver");
  await Promise.all([holder.goto(url(`/case/${reference}`)), lead.goto(url(`/desk/case/${reference}?view=all`)), atCase(reference)]);
  const before = await holder.locator("#stands").innerText();
  await holder.fill("#f-said", "half a sen");
  for (const page of [holder, lead]) await page.evaluate(() => (globalThis.sameDocument = true));
  await agent.locator("details:has(form[action$='/take-up']) summary").click();
  await agent.locator("form[action$='/take-up'] button.btn").click();
  // The holder's page is what it says now, but for what they type.
  await holder.waitForFunction((was) => document.getElementById("stands").textContent !== was, before, { timeout: 15_000 });
  const now = await holder.locator("#stands").innerText();
  assert.equal(await holder.locator("#live-note").innerText(), now, "and it is said");
  assert.ok((await holder.title()).startsWith(now));
  assert.equal(await holder.inputValue("#f-said"), "half a sen");
  await holder.locator("#history", { hasText: "went to a person at the desk" }).waitFor();
  await checkPage(holder, "chat-case-moved");
  // The desk's is not changed under whoever decides, who shows it when they like.
  const note = lead.locator("#live-note button");
  await note.waitFor({ timeout: 15_000 });
  assert.match(await note.innerText(), /has changed/);
  assert.equal(await lead.locator("form[action$='/take-up']").count(), 1);
  await checkPage(lead, "chat-desk-moved");
  for (const page of [holder, lead]) assert.equal(await page.evaluate(() => globalThis.sameDocument), true, "the page was not reloaded");
  await note.click();
  await lead.locator("form[action$='/take-up']").waitFor({ state: "detached" });
  for (const page of [holder, lead]) {
    assert.deepEqual(page.complaints, []);
    await page.context().close();
  }
});

test("a line that goes without a word is noticed, and the stream is opened anew", { timeout: 120_000 }, async () => {
  await takes(true);
  const { page: holder, reference } = await holderPage();
  await atCase(reference);
  // Nothing is refused, and nothing answered.
  await holder.route(/\/live\/here$/, () => {});
  await holder.locator("#f-said").pressSequentially("Still");
  await holder.getByText("The connection is lost").waitFor({ timeout: 40_000 });
  await holder.waitForRequest(/\/live(\?|$)/, { timeout: 30_000 });
  await holder.unrouteAll({ behavior: "ignoreErrors" });
  await say(agent, "#f-chat-text", "Here");
  await arrives(holder, "Here");
  assert.equal(await holder.inputValue("#f-said"), "Still");
  await holder.context().close();
});

test("a line that is lost comes back with everything, once", { timeout: 120_000 }, async () => {
  await takes(true);
  const { page: holder, reference } = await holderPage();
  await atCase(reference);
  // What was asked before the line went may still be answered after it: the line is lost all the same.
  await holder.evaluate(() => {
    const { fetch } = globalThis;
    globalThis.fetch = async (...request) => {
      const answer = await fetch(...request);
      if (!/\bOne\b/.test(await answer.clone().text())) return answer;
      globalThis.fetch = fetch;
      return new Promise((give) => (globalThis.give = () => give(answer)));
    };
  });
  await say(agent, "#f-chat-text", "One");
  await holder.waitForFunction(() => globalThis.give);
  await holder.context().setOffline(true);
  await holder.getByText("The connection is lost").waitFor();
  await holder.evaluate(() => globalThis.give());
  const note = await holder.waitForFunction(() => {
    const there = [...document.querySelectorAll(".chat .chat-text")].some((line) => line.textContent.includes("One"));
    return there && document.getElementById("live-note").textContent;
  });
  assert.match(await note.jsonValue(), /The connection is lost/);
  await shot(holder, "chat-lost");
  await say(agent, "#f-chat-text", "Two");
  await arrives(agent, "Two");
  await say(agent, "#f-chat-text", "Three");
  await arrives(agent, "Three");
  await say(holder, "#f-said", "Written on a train");
  await holder.getByText("Not sent yet").waitFor();
  assert.equal(await holder.inputValue("#f-said"), "Written on a train", "what was typed is kept");
  assert.ok(!(await texts(agent)).includes("Written on a train"));
  await holder.context().setOffline(false);
  await arrives(holder, "Three");
  await arrives(agent, "Written on a train");
  await arrives(holder, "Written on a train");
  const all = ["Please end my card.", "One", "Two", "Three", "Written on a train"];
  assert.deepEqual(await texts(holder), all);
  assert.deepEqual(await texts(agent), all);
  await isSent(holder);
  await holder.reload();
  assert.deepEqual(await texts(holder), all, "and so it is stored");
  await holder.context().close();
});

test("twelve tabs live on one stream, and the lead moves on", { timeout: 120_000 }, async () => {
  await takes(true);
  const { page: first, reference } = await holderPage();
  const context = first.context();
  const open = new Set();
  context.on("request", (request) => new URL(request.url()).pathname === "/live" && open.add(request));
  for (const event of ["requestfinished", "requestfailed"]) context.on(event, (request) => open.delete(request));
  await first.reload();
  const tabs = [first];
  while (tabs.length < 12) {
    const tab = await context.newPage();
    await tab.goto(url(`/case/${reference}/chat`), { timeout: 10_000 });
    tabs.push(tab);
  }
  await atCase(reference);
  await say(agent, "#f-chat-text", "To every tab");
  await Promise.all(tabs.map((tab) => arrives(tab, "To every tab")));
  assert.equal(open.size, 1, "one stream for all of them");
  await first.close();
  await say(agent, "#f-chat-text", "After the leader went");
  await Promise.all(tabs.slice(1).map((tab) => arrives(tab, "After the leader went")));
  // A closed page's requests end without a word.
  assert.equal([...open].filter((request) => !request.frame().page().isClosed()).length, 1, "one of the others leads");
  await context.close();
});

test("without locks or streams it asks every few seconds", { timeout: 120_000 }, async () => {
  await takes(true);
  const { page: holder, reference } = await holderPage();
  const tab = await holder.context().newPage();
  await tab.addInitScript(() => {
    Object.defineProperty(Navigator.prototype, "locks", { value: undefined });
    globalThis.EventSource = class { constructor() { throw new Error("no stream here"); } };
  });
  await tab.goto(url(`/case/${reference}/chat`));
  await holder.close();
  await atCase(reference);
  await say(agent, "#f-chat-text", "Slower, but here");
  await tab.locator(".chat-text", { hasText: "Slower, but here" }).waitFor({ timeout: 20_000 });
  await tab.context().close();
});

for (const lang of LANGUAGES) {
  test(`by posting and reloading, and when nobody is there: ${lang}`, { timeout: 120_000 }, async () => {
    await takes(false);
    const { page: holder, reference } = await holderPage({ js: false, lang, width: 320, words: "请注销 / please end" });
    await checkPage(holder, `chat-nobody-nojs-${lang}`, { lang });
    await say(holder, "#f-said", "Is anybody there? 有人吗？");
    await holder.waitForURL(/\/chat#end$/);
    await arrives(holder, "有人吗");
    const kept = await holder.locator("#chat-turn").innerText();
    assert.match(kept, lang === "en" ? /Your message is kept[^]*e-mail/ : /您的消息已保存[^]*邮件/);
    // An empty message says what to do, in its own page.
    await holder.locator("#end button.btn").click();
    await holder.locator(".errors").waitFor();
    await holder.goto(url(`/case/${reference}/chat`));
    await atCase(reference);
    await say(agent, "#f-chat-text", "Here now");
    await arrives(agent, "Here now");
    await holder.locator("noscript a, a[href$='/chat#end']").first().click();
    await holder.reload();
    await arrives(holder, "Here now");
    await holder.context().close();
  });
}

for (const width of [1440, 320]) {
  test(`the desk's list says that it changed, and moves nothing by itself, at ${width}`, { timeout: 120_000 }, async () => {
    agent ??= await agentPage();
    await agent.setViewportSize({ width, height: 900 });
    await agent.goto(url("/desk?view=all"));
    await agent.locator("#rows tbody tr").first().waitFor();
    const listed = () => agent.locator("#rows .row-link").allInnerTexts();
    const before = await listed();
    await agent.locator("#rows .row-link").nth(2).hover();
    const { page: holder, reference } = await holderPage();
    await agent.locator("#live-note button").waitFor({ timeout: 15_000 });
    assert.deepEqual(await listed(), before, "no row moved");
    await shot(agent, `chat-list-changed-${width}`);
    await assertAccessible(agent, "a list that changed");
    // What it says first may be of a case before this one.
    do await agent.locator("#live-note button").click({ timeout: 30_000 });
    while (!(await listed()).includes(reference));
    await assertFits(agent, "a list that changed");
    await agent.setViewportSize({ width: 1440, height: 900 });
    await holder.context().close();
  });
}

test("staff see who has a case open, in the case and in the list", { timeout: 150_000 }, async () => {
  const { page: holder, reference } = await holderPage();
  await atCase(reference);
  const maria = await agentPage("approver");
  await maria.goto(url(`/desk/case/${reference}?view=all`));
  await maria.getByText("Lin Hao is here").waitFor();
  await agent.getByText("Maria Jansen is here").waitFor();
  await agent.locator("#f-chat-text").pressSequentially("Let me see");
  await maria.getByText("Lin Hao is typing").waitFor();
  await assertAccessible(maria, "presence in a case");
  await maria.goto(url("/desk?view=all"));
  await maria.locator("tr", { hasText: reference }).getByText("Lin Hao is").waitFor();
  await shot(maria, "chat-presence-list");
  await assertFits(maria, "presence in a list");
  assert.deepEqual(maria.complaints, []);
  await maria.context().close();
  await holder.context().close();
});

for (const lang of LANGUAGES) {
  test(`looks in ${lang}`, { timeout: 240_000 }, async () => {
    await takes(true);
    for (const [width, scheme] of [320, 1440].flatMap((w) => SCHEMES.map((s) => [w, s]))) {
      const name = `${lang}-${width}-${scheme}`;
      const { page: holder, reference } = await holderPage({ lang, width, scheme, words: lang === "en" ? "Please end my card by Friday." : "请在周五之前注销我的卡。" });
      await checkPage(holder, `chat-waiting-${name}`, { lang });
      await atCase(reference);
      await agent.setViewportSize({ width, height: 900 });
      await agent.emulateMedia({ colorScheme: scheme });
      await agent.goto(url(`/desk/case/${reference}?view=all&lang=${lang}#chat`));
      await say(agent, "#f-chat-text", lang === "en" ? "Good day. I am looking at it now." : "您好，我正在查看。");
      await holder.locator(".chat .is-them").waitFor();
      await checkPage(holder, `chat-answered-${name}`, { lang });
      await assertFits(agent, `desk case ${name}`);
      await assertAccessible(agent, `desk case ${name}`);
      await shot(agent, `chat-desk-case-${name}`);
      await agent.goto(url(`/desk/chats?lang=${lang}`));
      await checkPage(agent, `chat-desk-list-${name}`, { lang });
      await holder.goto(url("/chat"));
      await checkPage(holder, `chat-start-${name}`, { lang });
      await holder.context().close();
    }
    await agent.goto(url("/desk/chats?lang=en"));
    await agent.setViewportSize({ width: 1440, height: 900 });
  });
}
