// Is this really us? Somebody reports a fake, the desk blocks it at once and a second person confirms; the register
// gets a line that two have signed for; everybody reads it. In every look.
import { test } from "node:test";
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { BINARY, LANGUAGES, SCHEMES, browser, checkPage, demo, look, openPage, signIn, stage, url } from "./harness.mjs";

stage();

const SMS = "Laika: your refund waits. Pay a fee to receive it and send us the code: https://laika-refund-desk.net/pay 立即处理";

/** Every look of a page, from the narrowest phone to the desk. */
async function looks(page, path, name) {
  for (const lang of LANGUAGES) {
    for (const width of [320, 1440]) {
      for (const scheme of SCHEMES) {
        await look(page, { lang, width, scheme }, url(path));
        await checkPage(page, `channels-${name}-${lang}-${width}-${scheme}`, { lang });
      }
    }
  }
  await look(page, { lang: "en", width: 1440, scheme: "light" }, url(path));
}

const go = (page) => page.locator("main form .btn-primary").first().click();

async function reportIt(js) {
  const page = await openPage(browser, url("/check"), { lang: "en", js });
  await page.fill("#f-text", SMS);
  await go(page);
  assert.equal(await page.locator("main h1").innerText(), "Not us");
  await page.locator(".check-report button").click();
  assert.match(await page.inputValue("#f-text"), /laika-refund-desk/);
  await go(page);
  assert.match(await page.locator(".errors").innerText(), /how it reached you/, "what is missing is said, what was typed is kept");
  await page.locator('label[for="f-how-text"]').click();
  await page.fill("#f-from", "Laika");
  await page.fill("#f-contact", "li@example.com");
  await go(page);
  await page.waitForURL(/\/check\/report\/FAKE-/);
  const path = new URL(page.url()).pathname;
  assert.deepEqual(page.complaints.filter((c) => !/422/.test(c)), []);
  await page.context().close();
  return path;
}

/** At the desk as the agent or the approver, who sign in once each: a code is good for one sign-in. */
const jars = new Map();
async function atDesk(part, options) {
  const jar = jars.get(part);
  const page = jar ? await openPage(browser, url("/desk/sign-in"), options) : await signIn(browser, demo, demo[part], options);
  if (jar) await page.context().addCookies(jar);
  else jars.set(part, (await page.context().cookies()).filter((cookie) => cookie.name !== "lang"));
  return page;
}

test("channels: a fake is reported, blocked, confirmed", { timeout: 240_000 }, async () => {
  const agent = await atDesk("agent", { lang: "en" });
  await agent.goto(url("/desk/fakes"));
  assert.equal(await agent.locator(".empty h2").innerText(), "No new reports");
  const receipts = [await reportIt(false), await reportIt(true)];
  const anybody = await openPage(browser, url("/check/report"), { lang: "en" });
  await looks(anybody, "/check/report", "report");
  await looks(anybody, receipts[0], "receipt");

  await agent.goto(url("/desk/fakes"));
  assert.equal(await agent.locator(".bar-nav .bar-count").first().innerText(), "1");
  await looks(agent, "/desk/fakes", "fakes");
  await agent.getByRole("link", { name: "laika-refund-desk.net" }).click();
  const path = new URL(agent.url()).pathname;
  await looks(agent, path, "fake");
  assert.match(await agent.locator("#f-takedown-en").inputValue(), /laika-refund-desk\.net[\s\S]*2 times/);
  await agent.locator("html[data-keys]").waitFor();
  await agent.keyboard.press("f");
  await agent.waitForURL(/done=fake/);
  await anybody.goto(url("/check?lang=en"));
  await anybody.fill("#f-text", "https://laika-refund-desk.net/pay");
  await go(anybody);
  assert.match(await anybody.locator("main").innerText(), /Known since .*2 people have reported it/);
  await anybody.goto(url(receipts[1]));
  assert.match(await anybody.locator("main").innerText(), /Whoever checks it is warned/);

  const lead = await atDesk("approver", { lang: "en", js: false });
  await lead.goto(url("/desk/channels?view=waiting"));
  await lead.locator("button[value=approve]").click();
  assert.match(await lead.locator(".notice-done").innerText(), /in force/);
  await looks(agent, "/desk/channels?view=fakes", "known");
  for (const page of [agent, lead, anybody]) {
    assert.deepEqual(page.complaints, []);
    await page.context().close();
  }
});

test("channels: two people make a channel ours, and everybody can check the list", { timeout: 240_000 }, async () => {
  const agent = await atDesk("agent", { lang: "en" });
  await looks(agent, "/desk/channels/new", "new");
  await agent.locator('label[for="f-kind-handle"]').click();
  await agent.fill("#f-value", "telegram:laika_help_desk");
  await agent.fill("#f-why", "Opened on 1 November.");
  await go(agent);
  await agent.waitForURL(/done=proposed/);
  assert.equal(await agent.locator("button[value=approve]").count(), 0, "nobody signs for their own");
  await looks(agent, "/desk/channels?view=waiting", "waiting");
  const lead = await atDesk("approver", { lang: "en" });
  await lead.goto(url("/desk/channels?view=waiting"));
  await looks(lead, "/desk/channels?view=waiting", "sign");
  await lead.locator("button[value=approve]").click();
  await lead.waitForURL(/done=approved/);
  await looks(lead, "/desk/channels", "now");
  const anybody = await openPage(browser, url("/channels"), { lang: "en", js: false });
  await looks(anybody, "/channels", "public");
  assert.match(await anybody.locator("main").innerText(), /telegram:laika_help_desk/);
  // The text comes with its proof as soon as the log has signed it.
  const until = Date.now() + 60_000;
  let text = "";
  while (!/laika_help_desk[\s\S]*== proof/.test(text)) {
    assert.ok(Date.now() < until, text);
    text = await (await fetch(url("/channels.txt"))).text();
  }
  const [file, manifest] = [join(demo.data, "channels.txt"), join(demo.data, "manifest.txt")];
  writeFileSync(file, text);
  writeFileSync(manifest, await (await fetch(url("/log/manifest"))).text());
  const said = execFileSync(BINARY, ["verify", file, "--trust", manifest], { encoding: "utf8" });
  assert.equal(said.trim(), "valid");
  writeFileSync(file, text.replace("laika_help_desk", "laika_help_desc"));
  assert.throws(() => execFileSync(BINARY, ["verify", file, "--trust", manifest], { stdio: "pipe" }), { status: 1 });
  for (const page of [agent, lead, anybody]) {
    assert.deepEqual(page.complaints, []);
    await page.context().close();
  }
});
