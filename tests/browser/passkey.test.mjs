// Passkeys, with an authenticator that the browser itself plays (WebDriver's virtual authenticator): made, used to sign
// in and to show again who one is, at the counter and at the desk; and what stands there where there are none.
import { test } from "node:test";
import assert from "node:assert/strict";
import { LANGUAGES, browser, checkPage, demo, look, openPage, stage, totp } from "./harness.mjs";

stage();
const url = (path) => new URL(path, demo.passkeys).href;
const primary = (page) => page.locator("main form .btn-primary").first();

/** A page whose browser has an authenticator; `present` says whether somebody who is known to it touches it. */
async function withAuthenticator(path, options) {
  const page = await openPage(browser, url(path), { expect: [/40[39] \(|422 \(/], ...options });
  const session = await page.context().newCDPSession(page);
  await session.send("WebAuthn.enable");
  const { authenticatorId } = await session.send("WebAuthn.addVirtualAuthenticator", {
    options: { protocol: "ctap2", transport: "internal", hasResidentKey: true, hasUserVerification: true, isUserVerified: true, automaticPresenceSimulation: true },
  });
  page.authenticator = {
    known: (isUserVerified) => session.send("WebAuthn.setUserVerified", { authenticatorId, isUserVerified }),
    credentials: async () => (await session.send("WebAuthn.getCredentials", { authenticatorId })).credentials,
  };
  return page;
}

async function withPassword(page, person, path = "/sign-in") {
  await page.goto(url(path));
  await page.fill("#f-login", person.username);
  await page.fill("#f-password", person.password);
  if (path.startsWith("/desk")) await page.fill("#f-code", totp(person.totp_secret));
  await primary(page).click();
  await page.waitForURL((to) => !to.pathname.endsWith("/sign-in"));
}

const signOut = (page) => page.locator("form[action$='/sign-out'] button").click();

async function makePasskey(page, name) {
  await page.goto(url("/account/passkeys/new"));
  await page.fill("#f-name", name);
  await page.locator("[data-passkey=add]").click();
  await page.waitForURL(/\/account(\/recovery-codes|#passkeys)$/);
}

test("a holder adds a passkey, signs in with it, shows it again and removes it", { timeout: 120_000 }, async () => {
  const page = await withAuthenticator("/sign-in", { lang: "en" });
  await withPassword(page, demo.holder);
  await page.goto(url("/account"));
  await checkPage(page, "passkey-none-en-1440");
  await page.getByRole("link", { name: "Add a passkey" }).click();
  await checkPage(page, "passkey-new-en-1440");
  await makePasskey(page, "My laptop");

  // It leads to recovery codes; they are shown once, and can be saved.
  assert.equal(new URL(page.url()).pathname, "/account/recovery-codes");
  await checkPage(page, "passkey-codes-ask-en-1440");
  await primary(page).click();
  await page.waitForSelector(".recovery-codes");
  const codes = await page.locator(".recovery-codes li span").allTextContents();
  assert.equal(new Set(codes).size, 10);
  await checkPage(page, "passkey-codes-en-1440");
  const [download] = await Promise.all([page.waitForEvent("download"), page.locator("a[download]").click()]);
  const { readFileSync } = await import("node:fs");
  const file = readFileSync(await download.path(), "utf8");
  for (const code of codes) assert.ok(file.includes(code), "not in the file");

  await page.goto(url("/account"));
  assert.equal(await page.locator("#f-passkeys strong").textContent(), "My laptop");
  await checkPage(page, "passkey-list-en-1440");
  await signOut(page);
  await page.goto(url("/sign-in"));
  await page.locator("[data-passkey=sign-in]").click();
  await page.waitForURL(/\/account$/);
  assert.equal((await page.authenticator.credentials())[0].signCount, 2);

  // Signed in by password only, somebody must show more before a passkey goes. The form they sent is not lost.
  await signOut(page);
  await withPassword(page, demo.holder);
  await page.goto(url("/account"));
  await page.locator("#f-passkeys summary").click();
  await page.locator("form[action='/account/passkeys/remove'] button").click();
  await page.waitForSelector("[data-passkey=confirm]:not([hidden])");
  await checkPage(page, "passkey-again-en-1440");
  await page.authenticator.known(false);
  await page.locator("[data-passkey=confirm]").click();
  await page.waitForSelector("[role=alert]:not([hidden])");
  assert.match(await page.locator("[role=alert]").textContent(), /Nothing was done/);
  await checkPage(page, "passkey-again-stopped-en-1440");
  await page.authenticator.known(true);
  await page.locator("[data-passkey=confirm]").click();
  await page.waitForURL(/\/account#passkeys$/);
  assert.equal(await page.locator("#f-passkeys").count(), 0, "removed, as was asked before");

  // A passkey that is no longer known.
  await signOut(page);
  await page.goto(url("/sign-in"));
  await page.locator("[data-passkey=sign-in]").click();
  await page.waitForSelector(".errors");
  assert.match(await page.locator(".errors").textContent(), /not accepted/);
  await checkPage(page, "passkey-refused-en-1440");
  await page.context().close();
});

test("staff sign in at the desk with a passkey", { timeout: 60_000 }, async () => {
  const page = await withAuthenticator("/desk/sign-in", { lang: "en" });
  await withPassword(page, demo.approver, "/desk/sign-in");
  await page.goto(url("/desk/settings"));
  for (const lang of LANGUAGES) {
    for (const [width, scheme] of [[320, "dark"], [1440, "light"]]) {
      await look(page, { lang, width, scheme }, url("/desk/settings"));
      await checkPage(page, `passkey-desk-settings-${lang}-${width}`, { lang });
    }
  }
  await page.goto(url("/desk/settings?lang=en"));
  await makePasskey(page, "");
  await page.goto(url("/account"));
  assert.match(await page.locator("#f-passkeys strong").textContent(), /Chrom/, "named after the browser");
  // The same authenticator has nothing to add.
  await page.goto(url("/account/passkeys/new"));
  await page.locator("[data-passkey=add]").click();
  await page.waitForSelector("[role=alert]:not([hidden])");
  assert.match(await page.locator("[role=alert]").textContent(), /already has a passkey/);
  await page.goto(url("/desk"));
  await signOut(page);
  await page.waitForURL(/\/desk\/sign-in$/);
  await checkPage(page, "passkey-desk-sign-in-en-1440");
  await page.locator("[data-passkey=sign-in]").focus();
  await page.keyboard.press("Enter");
  await page.waitForURL(/\/desk$/);
  await page.context().close();
});

/** A holder for each look: nobody may try too often. */
const holder = (n) => ({ username: [...new Set(demo.cards.map((card) => card.username))].at(n), password: demo.holder.password });

for (const [i, lang] of LANGUAGES.entries()) {
  for (const [j, width] of [320, 1440].entries()) {
    const n = -1 - (2 * i + j);
    test(`every page of it: ${lang}, ${width} px`, { timeout: 120_000 }, async () => {
      const scheme = width === 320 ? "dark" : "light";
      const page = await withAuthenticator("/sign-in", { lang, width, scheme });
      const check = (name) => checkPage(page, `passkey-${name}-${lang}-${width}`, { lang });
      await check("sign-in");
      await withPassword(page, holder(n));
      await page.goto(url("/account/passkeys/new"));
      await check("new");
      await makePasskey(page, lang === "en" ? "A name that is as long as a name may be, sixty letters, no 61" : "我的手机");
      await page.goto(url("/account/recovery-codes"));
      await check("codes-ask");
      await primary(page).click();
      await page.waitForSelector(".recovery-codes");
      await check("codes");
      await page.goto(url("/account"));
      await page.locator("#f-passkeys summary").last().click();
      await check("list");
      // Out and in again by password, so that it must be shown again; and the next look finds no passkey.
      await signOut(page);
      await withPassword(page, holder(n));
      await page.goto(url("/account"));
      await page.locator("#f-passkeys summary").last().click();
      await page.locator("form[action='/account/passkeys/remove'] button").last().click();
      await page.waitForSelector("[data-passkey=confirm]:not([hidden])");
      await check("again");
      await page.locator("[data-passkey=confirm]").click();
      await page.waitForURL(/\/account#passkeys$/);
      await signOut(page);
      await page.goto(url("/desk/sign-in"));
      await check("desk-sign-in");
      await page.context().close();
    });

    test(`without script: ${lang}, ${width} px`, { timeout: 60_000 }, async () => {
      const page = await openPage(browser, url("/sign-in"), { lang, width, js: false });
      const words = lang === "en" ? /Passkeys need JavaScript/ : /需要 JavaScript/;
      assert.match(await page.locator("noscript p").textContent(), words);
      assert.equal(await page.locator("[data-passkey]:visible").count(), 0);
      await checkPage(page, `passkey-no-script-${lang}-${width}`, { lang });
      await withPassword(page, holder(n));
      await page.goto(url("/account/passkeys/new"));
      assert.match(await page.locator("noscript p").textContent(), words);
      await page.goto(url("/account"));
      await checkPage(page, `passkey-no-script-account-${lang}-${width}`, { lang });
      await page.context().close();
    });
  }
}

test("at an address without a name it says where passkeys work", { timeout: 30_000 }, async () => {
  const page = await openPage(browser, new URL("/sign-in", demo.url).href);
  await page.waitForSelector("[data-elsewhere]:not([hidden])");
  assert.equal(await page.locator("[data-elsewhere] a").getAttribute("href"), url("/sign-in"));
  assert.equal(await page.locator("[data-passkey]:visible").count(), 0);
  await checkPage(page, "passkey-elsewhere-en-1440");
  await page.context().close();
});
