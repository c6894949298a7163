// Search, filters, order, market and language, and addresses that lead nowhere.

import assert from "node:assert/strict";
import { after, test } from "node:test";
import { go, leave, visit } from "../support/browser.mjs";
import { openShop } from "../support/shop.mjs";
import { addToCart, minorOf, settle } from "../support/shopping.mjs";

const shop = await openShop();
after(() => shop.close());

const titles = (page) => page.locator(".grid .card-title").allTextContents();

test("The search box finds pieces by their words, in both languages", { timeout: 30_000 }, async () => {
  const page = await visit(shop);
  await go(page, "/");
  await page.fill("#site-search", "mug");
  await page.press("#site-search", "Enter");
  await page.waitForURL(/q=mug/);
  assert.ok((await titles(page)).includes("Dipped mug"));
  await go(page, "/search?q=xyzzyplugh");
  assert.deepEqual(await titles(page), []);
  await leave(page);
  const german = await visit(shop, { prefix: "/de-eu", locale: "de-DE" });
  await go(german, "/search?q=tasse");
  assert.ok((await titles(german)).includes("Getauchte Tasse"));
  await leave(german);
});

test("A search for markup shows it as text", { timeout: 30_000 }, async () => {
  const page = await visit(shop);
  await go(page, `/search?q=${encodeURIComponent("<script>alert(1)</script>\"'")}`);
  assert.equal(await page.inputValue("#q"), "<script>alert(1)</script>\"'");
  await leave(page);
});

test("A category is sorted and filtered by price and stock in place, and chips take a filter away", { timeout: 30_000 }, async () => {
  const page = await visit(shop);
  await go(page, "/c/textiles-and-baskets");
  await page.selectOption("#sort", "price_ascending");
  await settle(page);
  const prices = (await page.locator(".card-price").allTextContents()).map(minorOf);
  assert.deepEqual(prices, [...prices].sort((a, b) => a - b));
  await page.fill("#max", "50");
  await page.locator("#max").blur();
  await settle(page);
  assert.ok((await page.locator(".card-price").allTextContents()).map(minorOf).every((price) => price <= 5000));
  const few = await page.locator(".card").count();
  await page.click(".chips .chip");
  await settle(page);
  await page.waitForFunction((count) => document.querySelectorAll(".card").length > count, few);
  await leave(page);
});

test("Market and language are in the address, and the choice is remembered", { timeout: 30_000 }, async () => {
  const page = await visit(shop);
  await addToCart(page, "dipped-mug", { sku: "MUG-DIP-SAGE" });
  await go(page, "/p/dipped-mug");
  await page.click(".place-list a[href*='/place/en-us']");
  await page.waitForURL("**/en-us/p/dipped-mug");
  assert.match(await page.textContent(".price"), /\$32\.00/);
  await go(page, "/en-us/cart");
  assert.match(await page.textContent(".summary"), /\$32\.00/, "the cart came along, at this market's price");
  await go(page, "/");
  await page.waitForSelector("[data-continue]:not([hidden]) a");
  await page.click("[data-continue] a");
  await page.waitForURL(/\/en-us\/?$/);
  await leave(page);
});

test("A choice of place leads to no other site", { timeout: 30_000 }, async () => {
  const page = await visit(shop);
  for (const path of ["//evil.example/", "https://evil.example/", "/\\evil.example", "%2F%2Fevil.example"]) {
    await page.goto(`${shop.url}/place/de-eu?path=${path}`);
    assert.equal(new URL(page.url()).host, new URL(shop.url).host, path);
  }
  await leave(page);
});

test("An address that leads nowhere is answered 404 with the shop around it", { timeout: 30_000 }, async () => {
  const page = await visit(shop);
  for (const path of ["/p/no-such-thing", "/c/no-such-thing", "/no/such/page", "/orders/AAAAAAAAAAAAAAAAAAAAAA", "/pages/no-such-page"]) {
    await go(page, path, 404);
    assert.equal(await page.locator(".site-nav").count(), 1, `${path} shows the shop`);
  }
  await go(page, "/de-eu/p/no-such-thing", 404);
  assert.equal(await page.getAttribute("html", "lang"), "de");
  await leave(page);
});

test("Legal pages are there in both languages", { timeout: 30_000 }, async () => {
  const page = await visit(shop);
  await go(page, "/");
  const legal = await page.locator(".site-footer nav >> nth=0 >> a").evaluateAll((links) => links.map((link) => link.getAttribute("href")));
  assert.ok(legal.length >= 4);
  for (const path of legal) {
    for (const prefix of ["", "/de-eu"]) await go(page, prefix + path);
    assert.ok((await page.textContent("main")).length > 300, `${path} says something`);
  }
  await leave(page);
});
