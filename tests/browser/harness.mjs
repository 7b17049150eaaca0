// What every browser test needs: the demo as a person starts it, pages as different people meet them, and the
// complaints that no page may give rise to.
import { spawn } from "node:child_process";
import { createHmac } from "node:crypto";
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import assert from "node:assert/strict";
import { after, before } from "node:test";
import { chromium } from "playwright-core";

const ROOT = join(dirname(fileURLToPath(import.meta.url)), "../..");
export const BINARY = process.env.CEASE_TEST_BIN ?? join(ROOT, "target/debug/cease");
const SHOTS = join(ROOT, "target/test-logs/shots");
const { source: AXE } = createRequire(import.meta.url)("axe-core");
const AXE_TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"];

export const LANGUAGES = ["en", "zh-CN"];
export const WIDTHS = [320, 768, 1440];
export const SCHEMES = ["light", "dark"];

/** The demo and the browser of a test file, there from its first test to its last (see `stage`). */
export let demo, browser;
export const url = (path) => new URL(path, demo.url).href;

/**
 * Once at the top of a file: starts its demo (see `startDemo`) and its browser, does what the file wants `ready` before
 * its first test, and stops them when it is over. One hook: a file's hooks do not wait for each other.
 */
export function stage({ ready, ...options } = {}) {
  before(async () => {
    [demo, browser] = await Promise.all([startDemo(options), startBrowser()]);
    await ready?.();
  }, { timeout: 120_000 });
  after(async () => {
    await soon(browser?.close());
    await demo?.stop();
    // What a browser that does not close holds open would hold up every file after this one.
    setTimeout(() => process.exit(), 30_000).unref();
  });
}

/** Waits for it, but not for ever: on a busy machine a browser has been seen not to close. */
function soon(promise) {
  let deadline;
  const late = new Promise((resolve) => (deadline = setTimeout(resolve, 20_000)));
  return Promise.race([promise, late]).finally(() => clearTimeout(deadline));
}

/**
 * Starts `cease demo` on a free port with fresh data; what it printed, and `stop()`. Its `history`, three thousand cases
 * of other people, costs a demo of the dev profile fourteen seconds of processor: a file that looks at it asks for it.
 */
export async function startDemo({ history = false, args = [], env = {} } = {}) {
  const data = mkdtempSync(join(tmpdir(), "cease-demo-"));
  const child = spawn(BINARY, ["demo", "--json", "--port", "0", "--data", data, ...(history ? [] : ["--no-history"]), ...args], {
    env: { ...process.env, ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let stderr = "";
  child.stderr.on("data", (chunk) => (stderr = (stderr + chunk).slice(-20_000)));
  const ended = new Promise((resolve) => child.once("close", resolve));
  const stop = async () => {
    child.kill("SIGTERM");
    const deadline = setTimeout(() => child.kill("SIGKILL"), 5_000);
    await ended;
    clearTimeout(deadline);
    rmSync(data, { recursive: true, force: true });
  };
  try {
    return { ...(await firstObject(child, ended, () => stderr)), data, pid: child.pid, log: () => stderr, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** The JSON object on the demo's standard output, on one line or on many. */
function firstObject(child, ended, log) {
  return new Promise((resolve, reject) => {
    let text = "";
    const late = setTimeout(() => reject(new Error(`the demo was not ready within 30 s\n${log()}`)), 30_000);
    createInterface({ input: child.stdout }).on("line", (line) => {
      text += line + "\n";
      try {
        const object = JSON.parse(text);
        clearTimeout(late);
        resolve(object);
      } catch {
        // not whole yet
      }
    });
    child.once("error", (error) => reject(new Error(`${BINARY}: ${error.message}`)));
    ended.then((code) => {
      clearTimeout(late);
      reject(new Error(`the demo ended with ${code} before it was ready\n${log()}`));
    });
  });
}

export function startBrowser() {
  return chromium.launch({
    executablePath: process.env.CEASE_TEST_CHROMIUM ?? "/usr/bin/chromium",
    args: [
      // Chromium's sandbox does not start as root.
      ...(process.getuid() === 0 ? ["--no-sandbox"] : []),
      "--disable-gpu",
      "--disable-quic",
      "--no-first-run",
      "--disable-background-networking",
      "--disable-component-update",
      "--disable-sync",
    ],
  });
}

/**
 * A page in a browser profile of its own. `page.complaints` gathers what went wrong on it: console errors (a
 * violated Content-Security-Policy is one), exceptions, 5xx answers, requests to any other host.
 */
export async function openPage(
  browser,
  url,
  { lang = "en", js = true, width = 1440, height = 900, scheme = "light", expect = [] } = {},
) {
  const context = await browser.newContext({
    locale: lang,
    javaScriptEnabled: js,
    viewport: { width, height },
    colorScheme: scheme,
    reducedMotion: "reduce",
    isMobile: false,
  });
  context.setDefaultTimeout(10_000);
  const page = await context.newPage();
  const home = new URL(url).host;
  page.hasScript = js;
  page.complaints = [];
  const complain = (text) => expect.some((allowed) => allowed.test(text)) || page.complaints.push(text);
  page.on("console", (message) => message.type() === "error" && complain(`console: ${message.text()}`));
  page.on("pageerror", (error) => complain(`exception: ${error.message}`));
  page.on("response", (response) => response.status() >= 500 && complain(`${response.status()} ${response.url()}`));
  page.on("request", (request) => {
    const target = new URL(request.url());
    if (/^(http|ws)/.test(target.protocol) && target.host !== home) complain(`foreign request: ${target}`);
  });
  await page.goto(url);
  return page;
}

/** What holds on every page: language, no sideways scrolling, axe (a script itself), no complaints. */
export async function checkPage(page, name, { lang } = {}) {
  await shot(page, name);
  try {
    if (lang) assert.equal(await page.getAttribute("html", "lang"), lang, `${name}: <html lang>`);
    await assertFits(page, name);
    if (page.hasScript) await assertAccessible(page, name);
    assert.deepEqual(page.complaints, [], `${name}: complaints`);
  } catch (error) {
    await picture(page, name).catch((late) => (error.message += `\nand no picture: ${late.message}`));
    throw error;
  }
}

/** A picture for whoever asked for them with CEASE_TEST_SHOTS=1: all of them are a fifth of the step. */
export async function shot(page, name) {
  if (process.env.CEASE_TEST_SHOTS === "1") await picture(page, name);
}

async function picture(page, name) {
  mkdirSync(SHOTS, { recursive: true });
  await page.screenshot({ path: join(SHOTS, `${name.replace(/[^\w.-]+/g, "_")}.png`), fullPage: true });
}

/** No sideways scrolling; if there is, the elements that stick out are named. */
export async function assertFits(page, name) {
  const { over, culprits } = await page.evaluate(() => {
    const width = document.documentElement.clientWidth;
    const out = [...document.body.querySelectorAll("*")].filter(
      (e) => e.getBoundingClientRect().right > width + 1 || e.scrollWidth > width + 1,
    );
    return {
      over: document.documentElement.scrollWidth - width,
      culprits: out.slice(-5).map((e) => e.outerHTML.slice(0, 120)),
    };
  });
  assert.ok(over <= 0, `${name}: ${over}px too wide:\n${culprits.join("\n")}`);
}

/**
 * axe-core, WCAG 2.2 AA; evaluated from outside, so the page's own CSP stays as strict as it is. From the page's top: what
 * has been scrolled halfway under the bar would count as a target that is too small.
 */
export async function assertAccessible(page, name) {
  await page.evaluate(AXE);
  const violations = await page.evaluate(async (tags) => {
    globalThis.scrollTo({ top: 0, behavior: "instant" });
    const found = await globalThis.axe.run(document, { runOnly: { type: "tag", values: tags }, resultTypes: ["violations"] });
    return found.violations.flatMap((v) => v.nodes.map((n) => `${v.id}: ${v.help}: ${n.target.join(" ")} ${n.failureSummary}`));
  }, AXE_TAGS);
  assert.deepEqual(violations, [], `${name}: axe`);
}

/** Loads the page again until that is so of it: the workers and the lists are quick, but they are not this page. */
export async function until(page, what, holds) {
  const end = Date.now() + 30_000;
  while (!(await holds())) {
    const text = async () => (await page.locator("body").innerText()).slice(0, 1500);
    assert.ok(Date.now() < end, `not within 30 s: ${what}, on ${page.url()}:\n${await text()}`);
    await page.reload();
  }
}

/** Until a part of the page is there. */
export const appears = (page, locator) => until(page, `${locator}`, () => locator.count());

/** The newest one-time code that the demo would have sent. */
export async function newestCode() {
  const body = await (await fetch(url("/demo"))).text();
  const sent = body.slice(body.indexOf('class="post'));
  const code = /(?<!\d)(\d{3})[\u00a0 ]?(\d{3})(?!\d)/.exec(sent.replace(/<header>.*?<\/header>/s, ""));
  assert.ok(code, `no code on the demo page:\n${sent.slice(0, 800)}`);
  return code[1] + code[2];
}

// A code counts once: whoever signs in again waits for their next one.
const lastStep = new Map();

/** A page of the desk, signed in as that person of the demo. */
export async function signIn(browser, demo, person, options) {
  const page = await openPage(browser, new URL("/desk/sign-in", demo.url).href, options);
  await page.fill("#f-login", person.username);
  await page.fill("#f-password", person.password);
  const step = () => Math.floor(Date.now() / 30_000);
  while (step() <= (lastStep.get(person.username) ?? 0)) await page.waitForTimeout(500);
  const now = step();
  lastStep.set(person.username, now);
  await page.fill("#f-code", totp(person.totp_secret, now * 30_000));
  await page.locator("main form .btn-primary").first().click();
  await page.waitForURL(/\/desk(\?|$)/);
  return page;
}

/** The same signed-in browser, another look. */
export async function look(page, { lang, width, scheme }, address) {
  await page.setViewportSize({ width, height: 900 });
  await page.emulateMedia({ colorScheme: scheme, reducedMotion: "reduce" });
  const url = new URL(address);
  url.searchParams.set("lang", lang);
  await page.goto(url.href);
}

/** The six digits of RFC 6238 (SHA-1, 30 s) for a base32 secret. */
export function totp(secret, at = Date.now()) {
  const counter = Buffer.alloc(8);
  counter.writeBigUInt64BE(BigInt(Math.floor(at / 30_000)));
  const mac = createHmac("sha1", base32(secret)).update(counter).digest();
  const offset = mac[19] & 15;
  return String((mac.readUInt32BE(offset) & 0x7fffffff) % 1_000_000).padStart(6, "0");
}

function base32(text) {
  const bits = [...text.toUpperCase().replace(/[\s=-]/g, "")]
    .map((c) => {
      const value = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567".indexOf(c);
      assert.notEqual(value, -1, `'${c}' is not base32`);
      return value.toString(2).padStart(5, "0");
    })
    .join("");
  return Buffer.from(bits.match(/.{8}/g)?.map((byte) => parseInt(byte, 2)) ?? []);
}
