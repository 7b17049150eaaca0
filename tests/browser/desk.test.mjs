// The desk as an agent works at it: a whole case by keyboard alone, drafts that survive, two agents on one case, the
// same without JavaScript; and every page of it, in both languages, looked at and listened to.
import { test } from "node:test";
import assert from "node:assert/strict";
import { SCHEMES, appears, browser, checkPage, demo, openPage, signIn, stage, url } from "./harness.mjs";

stage({ history: true });

/** One sign-in a person: a one-time code counts once. */
const jars = new Map();
async function atDesk(part, options = {}, path = "/desk") {
  const jar = jars.get(part);
  const page = jar ? await openPage(browser, url("/desk/sign-in"), options) : await signIn(browser, demo, demo[part], options);
  if (jar) {
    await page.context().addCookies(jar);
  } else {
    jars.set(part, (await page.context().cookies()).filter((cookie) => cookie.name !== "lang"));
  }
  await page.goto(url(path));
  await ready(page);
  return page;
}

/** Until the keys work. */
async function ready(page) {
  if (page.hasScript) await page.locator("html[data-keys]").waitFor();
}

/**
 * The place in the list, as it is open, of the first case that this person can sign for. Which one that is depends on the
 * hour: the demo's history ends now, and a colleague may have signed first a moment ago.
 */
async function signable(page) {
  const list = page.url();
  const hrefs = await page.locator(".row-link").evaluateAll((links) => links.map((link) => link.href));
  for (const [n, href] of hrefs.entries()) {
    await page.goto(href);
    if (!(await page.locator("summary[data-key=e]").count())) continue;
    await page.goto(list);
    await ready(page);
    return n;
  }
  assert.fail(`none of ${hrefs.length} cases can be signed for`);
}

/** The address of the nth case that waits for the desk. */
async function waiting(page, n) {
  await page.goto(url("/desk?view=review"));
  const hrefs = await page.locator(".row-link").evaluateAll((links) => links.map((link) => link.getAttribute("href")));
  assert.ok(hrefs.length > n, `only ${hrefs.length} cases wait`);
  return hrefs[n].split("?")[0];
}

/** The first of them, but for the very first, whose holder can be asked: a contested one has nothing to ask for. */
async function askable(page) {
  for (let n = 1; ; n++) {
    const path = await waiting(page, n);
    await page.goto(url(path));
    if (await page.locator(".deed.is-ask").count()) return path;
  }
}

/** Takes the one message back and empties its composer; what stood in it. */
async function leaveNothing(page) {
  await page.locator("section.sending button").click();
  await page.waitForURL(/taken-back/);
  const text = await page.inputValue("#f-reply-text");
  await page.fill("#f-reply-text", "");
  await page.locator('#write-reply button[formaction$="/draft"]').click();
  await page.waitForURL(/done=draft/);
  return text;
}

async function press(page, ...keys) {
  for (const key of keys) await page.keyboard.press(key);
}

/** A key that leads to another page. */
async function go(page, key, to) {
  await Promise.all([page.waitForURL(to), page.keyboard.press(key)]);
  await ready(page);
}

const focus = (page) => page.evaluate(() => document.activeElement?.id || document.activeElement?.className);

test("a whole case by keyboard alone", { timeout: 120_000 }, async () => {
  const page = await atDesk("agent");
  await page.context().grantPermissions(["clipboard-read", "clipboard-write"]);
  const at = await signable(page);
  // The list.
  await press(page, "j", "j", "k");
  assert.equal(await page.evaluate(() => document.activeElement === document.querySelector(".row-link")), true);
  for (let n = 0; n < at; n += 1) await press(page, "j");
  const first = (await page.locator(".row-link").nth(at).innerText()).trim();
  await go(page, "Enter", /\/desk\/case\//);
  assert.ok(page.url().includes(first));
  await checkPage(page, "desk-case-open-en-1440", { lang: "en" });

  // In hand.
  await go(page, "c", /done=claimed/);
  assert.equal(await page.locator(".claim .tag-done").count(), 1);

  // A note, thought better of, then sent.
  await press(page, "n");
  assert.equal(await focus(page), "f-note-text");
  await page.keyboard.type("Address differs by one letter: jc?");
  assert.ok(!page.url().includes("released"), "keys are dead while typing");
  await press(page, "Tab");
  await go(page, "Enter", /#sending/);
  await checkPage(page, "desk-case-sending-en-1440", { lang: "en" });
  await go(page, "z", /done=taken-back/);
  assert.equal(await page.inputValue("#f-note-text"), "Address differs by one letter: jc?");
  await checkPage(page, "desk-case-taken-back-en-1440", { lang: "en" });
  await press(page, "n", "End");
  await page.keyboard.type(" Same street.");
  await press(page, "Tab");
  await go(page, "Enter", /#sending/);

  // A reply, taken back: nothing of it was ever in the thread.
  await press(page, "r");
  assert.equal(await focus(page), "f-reply-text");
  await page.keyboard.type("Dear James, we have your letter.");
  await press(page, "Tab");
  await go(page, "Enter", /#sending$/);
  const undo = page.locator("section.sending.is-reply button");
  await undo.focus();
  await go(page, "Enter", /done=taken-back/);
  assert.equal(await page.inputValue("#f-reply-text"), "Dear James, we have your letter.");

  // The note goes by itself; the thread shows it without a reload, and no composer was touched.
  await page.fill("#f-reply-text", "Dear James, still typing");
  await page.locator(".timeline .is-note", { hasText: "Same street." }).waitFor({ timeout: 30_000 });
  assert.equal(await page.inputValue("#f-reply-text"), "Dear James, still typing");
  assert.equal(await page.locator(".timeline .said", { hasText: "we have your letter" }).count(), 0);

  // The thread, line by line; the reference, copied; the sheet of keys.
  await page.locator(".case-head h1").click();
  await press(page, "j", "j");
  assert.match(await page.evaluate(() => document.activeElement.id), /^e-2$/);
  await press(page, "Enter");
  await page.waitForURL(/#e-2$/);
  await press(page, ".");
  await page.locator("#desk-toast", { hasText: first }).waitFor();
  assert.equal(await page.evaluate(() => navigator.clipboard.readText()), first);
  await press(page, "?");
  assert.equal(await page.locator("#keys-sheet[open]").count(), 1);
  await checkPage(page, "desk-keys-sheet-en-1440", { lang: "en" });
  await press(page, "Escape");

  // Everything by its name; then the approval and the next case.
  await press(page, "Control+k");
  await page.keyboard.type("approve");
  await checkPage(page, "desk-palette-en-1440", { lang: "en" });
  await press(page, "Enter");
  assert.equal(await focus(page), "f-approve-evidence");
  await page.keyboard.type("Letter of 20 November; contract of 2024; one letter differs.");
  await press(page, "Escape");
  await go(page, "e", /done=(approved|signed)/);
  assert.ok(!page.url().includes(`/case/${first}?`), "the next case is open");
  await checkPage(page, "desk-case-next-en-1440", { lang: "en" });
  await go(page, "Escape", /\/desk\?view=review/);
  await press(page, "/");
  assert.equal(await focus(page), "q");
  await page.context().close();
});

test("single keys can be switched off, and the palette stays", { timeout: 60_000 }, async () => {
  const page = await atDesk("approver", {}, "/desk/settings");
  await checkPage(page, "desk-settings-en-1440", { lang: "en" });
  await page.locator(".col .switch button").click();
  await page.waitForURL(/done=settings/);
  await page.goto(url(await waiting(page, 0)));
  await page.locator('html[data-keys="off"]').waitFor();
  await press(page, "c", "?");
  assert.ok(!page.url().includes("done="));
  assert.equal(await page.locator("dialog[open]").count(), 0);
  await press(page, "Control+k");
  assert.equal(await page.locator("#palette[open]").count(), 1);
  await page.keyboard.type("nothing is called this");
  assert.equal(await page.locator("#palette-list li").count(), 1, "only the way to a case of that name");
  await press(page, "Escape");
  await page.goto(url("/desk/settings"));
  await page.locator(".col .switch button").click();
  await page.waitForURL(/done=settings/);
  await page.context().close();
});

test("a draft survives a reload, another page, and another's claim", { timeout: 60_000 }, async () => {
  const page = await atDesk("agent");
  const path = await waiting(page, 0);
  await page.goto(url(path));
  const kept = page.waitForResponse((answer) => answer.url().endsWith("/draft"));
  await page.locator("#write-reply[open] textarea").fill("Half a sent");
  await kept;
  await page.locator("#write-reply output", { hasText: "Draft saved" }).waitFor();
  await page.reload();
  assert.equal(await page.inputValue("#f-reply-text"), "Half a sent");
  // Left in the middle of a word, before it would have kept itself.
  await page.locator("#f-reply-text").fill("Half a sentence");
  await page.goto(url("/desk"));
  const other = await atDesk("approver", {}, path);
  assert.equal(await other.inputValue("#f-reply-text"), "", "a draft is its writer's");
  await go(other, "c", /done=claimed/);
  await page.goto(url(path));
  assert.equal(await page.inputValue("#f-reply-text"), "Half a sentence");
  assert.match(await page.locator(".claim").innerText(), /Maria Jansen/);
  // Sent is sent: no draft is left of it, though the page saved itself a moment before.
  await page.locator("#write-reply .composer-end > .btn:first-child").click();
  await page.waitForURL(/#sending/);
  assert.equal(await page.inputValue("#f-reply-text"), "");
  await page.reload();
  assert.equal(await page.inputValue("#f-reply-text"), "");
  await leaveNothing(page);
  await go(other, "c", /done=released/);
  await other.context().close();
  await page.context().close();
});

test("two agents on one case: who is late sees all three sides and loses nothing", { timeout: 90_000 }, async () => {
  const late = await atDesk("agent", { expect: [/409/] });
  const path = await askable(late);
  const quick = await atDesk("approver", { lang: "zh-CN" }, path);
  await quick.locator(".deed.is-ask summary").click();
  await quick.locator('.deed.is-ask label[for$="document"]').click();
  await quick.fill("#f-ask-text", "请寄来账单。");
  await quick.locator(".deed.is-ask .btn-primary").click();
  await quick.waitForURL(/done=ask/);

  await late.fill("#f-reply-text", "We are looking into it.");
  await late.locator("#write-reply .composer-end > .btn:first-child").click();
  await late.locator(".stale").waitFor();
  assert.equal(await late.evaluate(() => document.activeElement.className), "stale");
  const text = await late.locator(".stale").innerText();
  for (const part of ["What you saw", "What is there now", "What you were about to do", "请寄来账单。", "We are looking into it."]) {
    assert.ok(text.includes(part), part);
  }
  await checkPage(late, "desk-stale-en-1440", { lang: "en" });
  await late.setViewportSize({ width: 320, height: 800 });
  await checkPage(late, "desk-stale-en-320", { lang: "en" });
  await late.locator(".stale .btn-primary").click();
  await late.waitForURL(/#sending/);
  assert.match(await late.locator("section.sending").innerText(), /We are looking into it\./);
  await leaveNothing(late);
  await late.context().close();
  await quick.context().close();
});

test("a macro is shown, changed, confirmed, and taken back", { timeout: 60_000 }, async () => {
  for (const [lang, width, part] of [["en", 1440, "agent"], ["zh-CN", 320, "approver"]]) {
    const page = await atDesk(part, { lang, width });
    const path = await waiting(page, 0);
    await page.goto(url("/desk/macros"));
    await checkPage(page, `desk-macros-${lang}-${width}`, { lang });
    await page.goto(url("/desk/macros/new"));
    await checkPage(page, `desk-macro-${lang}-${width}`, { lang });
    await page.goto(url(path));
    await ready(page);
    await press(page, "Control+k");
    await page.keyboard.type(lang === "en" ? "looking into" : "正在处理");
    await press(page, "Enter");
    await page.waitForURL(/\/macro\//);
    await checkPage(page, `desk-macro-run-${lang}-${width}`, { lang });
    await page.locator("textarea").first().fill("By tomorrow.");
    await page.locator("main form .btn-primary").click();
    await page.waitForURL(/done=macro/);
    assert.match(await page.locator("section.sending").last().innerText(), /By tomorrow\./);
    assert.match(await leaveNothing(page), /By tomorrow\./);
    await page.context().close();
  }
});

test("without JavaScript: reply, undo, draft, note about a call, claim, hand-over, snooze", { timeout: 90_000 }, async () => {
  const page = await atDesk("agent", { js: false, width: 320, lang: "zh-CN", expect: [/422/] });
  await page.goto(url(await waiting(page, 0)));
  const send = async (button, to) => {
    await page.locator(button).click();
    await page.waitForURL(to);
  };
  await page.fill("#f-reply-text", "您好，已收到。");
  await send("#write-reply .composer-end > .btn:first-child", /#sending/);
  assert.match(await page.locator("section.sending").innerText(), /\d\d:\d\d:\d\d/);
  await checkPage(page, "desk-nojs-sending-zh-CN-320", { lang: "zh-CN" });
  await send("section.sending button", /taken-back/);
  assert.equal(await page.inputValue("#f-reply-text"), "您好，已收到。");
  await page.fill("#f-reply-text", "您好，稍后答复。");
  await send('#write-reply button[formaction$="/draft"]', /done=draft/);
  assert.equal(await page.inputValue("#f-reply-text"), "您好，稍后答复。");
  await send(".claim button", /done=claimed/);
  await page.locator("#write-note summary").click();
  await page.fill("#f-note-text", "已致电。");
  await page.selectOption('select[name="note-about"]', "call");
  await send("#write-note .btn-secondary", /#sending/);
  await appears(page, page.locator(".timeline .is-note .by"));
  // A hand-over to nobody is shown again, open.
  await page.locator("#context .deed summary").first().click();
  await page.fill("#f-hand-over-text", "会说粤语。");
  await page.locator("#context .deed").first().locator(".btn").click();
  await page.locator(".errors").waitFor();
  assert.equal(await page.inputValue("#f-hand-over-text"), "会说粤语。");
  await checkPage(page, "desk-nojs-hand-over-error-zh-CN-320", { lang: "zh-CN" });
  await page.selectOption("#f-hand-over-to", { label: "Maria Jansen" });
  await page.locator("#context .deed").first().locator(".btn").click();
  await page.waitForURL(/done=hand-over/);
  assert.match(await page.locator(".claim").innerText(), /Maria Jansen/);
  await page.locator("#context .deed summary").nth(1).click();
  await send('#context button[name="snooze-days"][value="3"]', /done=snooze/);
  assert.equal(await page.locator(".snoozed").count(), 1);
  await checkPage(page, "desk-nojs-snoozed-zh-CN-320", { lang: "zh-CN" });
  await send(".snoozed button", /done=woken/);
  assert.equal(await page.locator(".snoozed").count(), 0);
  await page.locator('.shows a[href*="show=notes"]').click();
  await page.waitForURL(/show=notes/);
  assert.equal(await page.locator(".timeline > li:not(.is-note)").count(), 0);
  await page.context().close();
});

for (const lang of ["en", "zh-CN"]) {
  test(`the case page in every width, ${lang}`, { timeout: 120_000 }, async () => {
    for (const width of [320, 768, 1200, 1440]) {
      for (const scheme of SCHEMES) {
        const page = await atDesk(lang === "en" ? "agent" : "approver", { lang, width, scheme });
        await page.goto(url(await waiting(page, 0)));
        await ready(page);
        await page.locator("#write-note summary").click();
        await checkPage(page, `desk-case-${lang}-${width}-${scheme}`, { lang });
        await page.context().close();
      }
    }
  });
}

test("desk: what one writes with is in view on a laptop", async () => {
  for (const lang of ["en", "zh-CN"]) {
    const page = await atDesk("agent", { lang, width: 1280, height: 720 });
    await page.goto(url(await waiting(page, 0)));
    await ready(page);
    const edges = (selector) => page.locator(selector).evaluate((element) => element.getBoundingClientRect().toJSON());
    for (const down of [0, 400]) {
      await page.evaluate((top) => scrollTo({ top, behavior: "instant" }), down);
      const [bar, pane] = [await edges(".bar"), await edges(".pane-thread")];
      assert.ok(pane.top >= bar.bottom - 1, `${lang}: ${pane.top} under the bar, which ends at ${bar.bottom}`);
      for (const part of ["#write-reply .composer-end > .btn:first-child", "#write-note > summary"]) {
        const { top, bottom } = await edges(part);
        assert.ok(top > bar.bottom && bottom <= 720, `${lang}, ${down} px down: ${part} from ${top} to ${bottom}`);
      }
    }
    assert.deepEqual(page.complaints, []);
    await page.context().close();
  }
});
