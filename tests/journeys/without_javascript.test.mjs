// The whole way with links and forms alone.

import assert from "node:assert/strict";
import { after, test } from "node:test";
import { go, leave, visit, widths } from "../support/browser.mjs";
import { openShop } from "../support/shop.mjs";
import { cards, german, payByCard, reachPayment, reachThanks } from "../support/shopping.mjs";

const shop = await openShop();
after(() => shop.close());

test("A shopper without JavaScript filters, buys, pays and is thanked", { timeout: 60_000 }, async () => {
  const page = await visit(shop, { javaScript: false, width: widths.phone });
  const shopper = german();
  await go(page, "/c/candles-and-bath");
  await page.selectOption("select[name=sort]", { index: 2 });
  await page.fill("#max", "10");
  await page.click(".filters button[type=submit]");
  await page.waitForURL(/max=10/);
  await page.click(".grid a[href^='/p/soap-bar']");
  await page.click(".swatches a[href*='SOAP-SAGE']");
  await page.waitForURL(/SOAP-SAGE/);
  await page.click(".buy-row button[type=submit]");
  await page.waitForURL("**/cart");
  await page.fill(".quantity-form input[name=quantity]", "4");
  await page.click(".quantity-form button[type=submit]");
  await page.waitForURL("**/cart");
  assert.match(await page.textContent(".summary .total >> nth=1"), /30\.00/);
  await page.click(".summary a[href$='/checkout']");

  const { country, ...texts } = shopper;
  for (const [name, value] of Object.entries(texts)) await page.fill(`#${name}`, value);
  await page.selectOption("#country", country);
  await page.locator("input[name=shipping_option]").first().check();
  await page.check("input[name=payment][value=stripe]");
  await page.click("button[name=update]");
  await page.waitForURL("**/checkout");
  assert.match(await page.textContent(".summary dd.total"), /34\.90/);
  assert.equal(await page.inputValue("#line1"), shopper.line1, "what was typed is kept");
  await page.click("button[name=order]");
  await reachPayment(page);
  await payByCard(page, cards.good);
  const token = await reachThanks(page);
  const placed = await shop.placedOrderOf(shopper.email);
  assert.equal(placed.access_token, token);
  assert.equal(placed.total_minor, 3490);
  await page.reload();
  assert.match(await page.textContent("main"), new RegExp(String(placed.number)));
  await leave(page);
});

test("A line is removed without JavaScript", { timeout: 30_000 }, async () => {
  const page = await visit(shop, { javaScript: false });
  await go(page, "/p/serving-bowl");
  await page.click(".buy-row button[type=submit]");
  await page.waitForURL("**/cart");
  await page.click(".cart-line .link-button");
  await page.waitForURL("**/cart");
  assert.equal(await page.locator(".cart-line").count(), 0);
  await leave(page);
});
