// A partner agency's agent sees the case that was given to them and nothing else; the house sees whose cases are whose,
// and takes one back. In every look.
import { test } from "node:test";
import assert from "node:assert/strict";
import { LANGUAGES, SCHEMES, browser, checkPage, demo, look, signIn, stage, url } from "./harness.mjs";

let lead, partner;
stage({
  ready: async () => {
    lead = await signIn(browser, demo, demo.approver);
    partner = await signIn(browser, demo, demo.partner);
  },
});

async function looks(page, path, name) {
  for (const lang of LANGUAGES) {
    for (const width of [320, 1440]) {
      for (const scheme of SCHEMES) {
        await look(page, { lang, width, scheme }, url(path));
        await checkPage(page, `agencies-${name}-${lang}-${width}-${scheme}`, { lang });
      }
    }
  }
  await look(page, { lang: "en", width: 1440, scheme: "light" }, url(path));
}

const cases = async (page) => {
  await page.goto(url("/desk?view=all"));
  const all = await page.locator('a[href*="/desk/case/"]').evaluateAll((links) => links.map((link) => link.href));
  return new Set(all.map((href) => /\/desk\/case\/([^/?#]+)/.exec(href)[1]));
};

test("agencies: the partner's agent has their own case, and loses it with the agency", { timeout: 240_000 }, async () => {
  await looks(lead, "/desk/agencies", "list");
  assert.match(await lead.locator("main").innerText(), /north\s+Nora Beck/);
  const [theirs, all] = [await cases(partner), await cases(lead)];
  assert.equal(theirs.size, 1);
  assert.ok(all.size > 3);
  const [own] = theirs;
  await looks(partner, "/desk?view=all", "partner");
  await looks(partner, `/desk/case/${own}?view=all`, "partner-case");
  const other = [...all].find((one) => one !== own);
  assert.equal((await partner.goto(url(`/desk/case/${other}`))).status(), 404);
  assert.equal((await partner.goto(url("/desk/agencies"))).status(), 403);
  await lead.goto(url("/desk/agencies"));
  await lead.fill("#f-case", own);
  await lead.fill("#f-reason", "They work it no more.");
  await lead.locator("main form .btn-primary").click();
  await lead.getByRole("status").filter({ hasText: own }).waitFor();
  assert.equal((await cases(partner)).size, 0);
  assert.equal((await partner.goto(url(`/desk/case/${own}`))).status(), 404);
});
