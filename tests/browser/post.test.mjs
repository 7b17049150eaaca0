// What comes back by post: a router that is late, sent all the same, received by a scan, disputed and waived; the label as
// it is printed and as machines read it. In every look, with and without JavaScript.
import { test } from "node:test";
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { LANGUAGES, SCHEMES, browser, checkPage, demo, look, openPage, signIn, stage, url } from "./harness.mjs";

stage({ history: true });

const primary = (page) => page.locator("main form .btn-primary").first();

async function everyLook(page, path, name) {
  for (const lang of LANGUAGES) {
    for (const width of [320, 1440]) {
      for (const scheme of SCHEMES) {
        await look(page, { lang, width, scheme }, url(path));
        await checkPage(page, `post-${name}-${lang}-${width}-${scheme}`, { lang });
      }
    }
  }
  await look(page, { lang: "en", width: 1440, scheme: "light" }, url(path));
}

/** Whose router is five weeks late, signed in, and its case. */
async function late(options) {
  const page = await openPage(browser, url("/sign-in"), options);
  await page.fill("#f-login", "emma.clarke");
  await page.fill("#f-password", demo.holder.password);
  await primary(page).click();
  await page.goto(url("/account?lang=en"));
  for (const href of await page.locator("main a[href^='/case/']").evaluateAll((all) => all.map((a) => a.pathname))) {
    const reference = href.split("/")[2];
    await page.goto(url(`/case/${reference}/return?lang=en`));
    if ((await page.locator("main").innerText()).includes("£70.00")) return { page, reference };
  }
  assert.fail("nothing of Emma's is late");
}

test("a router late, sent, received, disputed and waived, without script", { timeout: 240_000 }, async () => {
  const { page, reference } = await late({ js: false, expect: [/422 \(/] });
  const path = `/case/${reference}/return`;
  await everyLook(page, path, "late");

  // A number with a wrong check digit is said so, and what was typed is still there.
  await page.fill("#f-tracking", "RB123456786GB");
  await page.locator("button[value=post]").click();
  assert.equal(await page.inputValue("#f-tracking"), "RB123456786GB");
  assert.match(await page.locator("main .errors").innerText(), /tracking/i);
  await checkPage(page, "post-wrong-number", { lang: "en" });
  await page.fill("#f-tracking", "RB 1234 5678 5 GB");
  await page.locator("button[value=post]").click();
  assert.match(await page.locator("#now").innerText(), /post/i);

  // The desk scans the number, receives it and looks at it.
  const desk = await signIn(browser, demo, demo.approver, { lang: "en", js: false });
  await everyLook(desk, "/desk/returns", "desk");
  await desk.fill("#f-scan", "rb123456785gb");
  await desk.locator("button[value=scan]").click();
  assert.equal(new URL(desk.url()).pathname, `/desk/case/${reference}/return`);
  await desk.locator("button[value=receive]").click();
  await desk.check("input[value=as-agreed]", { force: true });
  await desk.fill("#f-text", "Complete, with its power supply.");
  await desk.locator("button[value=inspect]").click();
  await everyLook(desk, `/desk/case/${reference}/return`, "desk-inspected");

  // Received late is still late: the holder disputes it.
  await page.goto(url(path));
  await page.check("input[value=in-time]", { force: true });
  await page.fill("#f-text", "I handed it in at the shop within the two weeks.");
  await page.locator("button[value=dispute]").click();
  await everyLook(page, path, "disputed");

  // And the desk lets go of it.
  await desk.goto(url(`/desk/case/${reference}/return`));
  await desk.fill("#f-reason", "The shop found it behind its counter.");
  await desk.locator("button[value=waive]").click();
  await page.goto(url(path));
  assert.doesNotMatch(await page.locator("#now").innerText(), /£70/);
  await everyLook(page, path, "waived");
  for (const one of [page, desk]) {
    assert.deepEqual(one.complaints, []);
    await one.context().close();
  }
});

test("a label says to machines what it says to people", { timeout: 120_000 }, async () => {
  const desk = await signIn(browser, demo, demo.agent, { lang: "en" });
  // Somebody's router that is awaited: the label is the holder's, so one who can sign in.
  await desk.context().close();
  const page = await openPage(browser, url("/sign-in"), {});
  await page.fill("#f-login", "emma.clarke");
  await page.fill("#f-password", demo.holder.password);
  await primary(page).click();
  await page.goto(url("/account?lang=en"));
  const cases = await page.locator("main a[href^='/case/']").evaluateAll((all) => all.map((a) => a.pathname.split("/")[2]));
  let found;
  for (const reference of new Set(cases)) {
    await page.goto(url(`/case/${reference}/return?lang=en`));
    if (await page.locator("button[value=label]").count()) found = reference;
  }
  assert.ok(found, "something of Emma's is awaited");
  await page.goto(url(`/case/${found}/return?lang=en`));
  await page.locator("button[value=label]").click();
  await everyLook(page, `/case/${found}/return/label`, "label");
  const code = /RTN-[0-9A-Z]{5}-[0-9A-Z]{5}/.exec(await page.locator("main").innerText())[0];
  const dir = mkdtempSync(join(tmpdir(), "cease-label-"));
  for (const file of ["label.pdf", "label-a6.pdf"]) {
    const answer = await page.request.get(url(`/case/${found}/return/${file}`));
    assert.equal(answer.status(), 200);
    writeFileSync(join(dir, file), await answer.body());
    execFileSync("pdftoppm", ["-r", "200", "-png", "-singlefile", join(dir, file), join(dir, file)]);
    const read = execFileSync("zbarimg", ["-q", join(dir, `${file}.png`)], { encoding: "utf8" }).trim().split("\n");
    assert.ok(read.includes(`CODE-128:${code}`), `${file}: ${read}`);
    assert.ok(read.some((line) => line.startsWith("QR-Code:") && line.includes(code)), `${file}: ${read}`);
  }
  rmSync(dir, { recursive: true });
  // And who asks whether it is ours is told so.
  await page.goto(url("/check?lang=en"));
  await page.locator("main textarea").first().fill(code);
  await primary(page).click();
  assert.match(await page.locator("main").innerText(), /We gave this code to something that is sent back to us/);
  assert.deepEqual(page.complaints, []);
  await page.context().close();
});
