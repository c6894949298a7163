// Debian's Chromium, one for a test file; each visitor has cookies of their own and notes everything that goes wrong.

import assert from "node:assert/strict";
import { after } from "node:test";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { chromium } from "playwright-core";
import { out } from "./build.mjs";

export const widths = { phone: 390, desk: 1280 };

let browser;
after(async () => browser?.close());

async function open() {
  browser ??= await chromium.launch({
    executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
    args: ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
      "--disable-component-update", "--disable-sync", "--disable-dev-shm-usage"],
  });
  return browser;
}

// A page of a new visitor. `page.problems` grows with every console error, script error, failed or foreign request.
export async function visit(shop, { javaScript = true, width = widths.desk, locale = "en-GB", prefix = "" } = {}) {
  const context = await (await open()).newContext({
    baseURL: shop.url + prefix, javaScriptEnabled: javaScript, locale, viewport: { width, height: 900 }, reducedMotion: "reduce",
  });
  context.setDefaultTimeout(15_000);
  const page = await context.newPage();
  page.shop = shop;
  page.prefix = prefix;
  page.problems = [];
  watch(page, shop);
  return page;
}

export function watch(page, shop) {
  page.problems ??= [];
  const ours = [shop.url, shop.payments, shop.admin].map((url) => new URL(url).host);
  page.on("pageerror", (error) => page.problems.push(`script error: ${error.message}`));
  page.on("console", (message) => {
    if (message.type() !== "error") return;
    // Chromium reports the status of a page itself, such as 404 or 409, as an error too; the test looks at that page anyway.
    const isStatusOfPage = /the server responded with a status of 4\d\d/.test(message.text()) && page.statuses.has(message.location().url);
    if (!isStatusOfPage) page.problems.push(`console: ${message.text()} (${message.location().url})`);
  });
  page.statuses = new Map();
  page.on("response", (response) => {
    const kind = response.request().resourceType();
    if (kind === "document" || kind === "xhr") page.statuses.set(response.url(), response.status());
  });
  page.on("request", (request) => {
    const url = new URL(request.url());
    if (url.protocol.startsWith("http") && !ours.includes(url.host)) page.problems.push(`foreign request: ${url}`);
  });
}

// Goes to a path at the visitor's place; the answer must be what is expected.
export async function go(page, path, status = 200) {
  const response = await page.goto(page.shop.url + page.prefix + path);
  assert.equal(response.status(), status, `${path} is answered ${status}`);
  return response;
}

export async function leave(page) {
  assert.deepEqual(page.problems, [], "nothing went wrong in the browser");
  await page.context().close();
}

export async function shoot(page, name) {
  mkdirSync(out, { recursive: true });
  for (const [label, width] of Object.entries(widths)) {
    await page.setViewportSize({ width, height: 900 });
    const overflow = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
    assert.ok(overflow <= 0, `${name} is ${overflow} px wider than a window of ${width} px`);
    await loadPictures(page);
    await page.screenshot({ path: join(out, `${name}-${width}.png`), fullPage: true });
    void label;
  }
}

// Lazy pictures load when they come into sight.
async function loadPictures(page) {
  await page.evaluate(async () => {
    for (const image of document.images) image.loading = "eager";
    await Promise.all([...document.images].map((image) => image.decode().catch(() => {})));
  });
}
