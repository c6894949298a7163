// A discount code: taken, shown, taken out again, and gone when somebody else was faster.

import assert from "node:assert/strict";
import { after, test } from "node:test";
import { go, leave, visit } from "../support/browser.mjs";
import { openShop } from "../support/shop.mjs";
import { addToCart, cards, fillCheckout, german, goToCheckout, minorOf, order, payByCard, reachPayment, reachThanks, settle } from "../support/shopping.mjs";
import { StoreApi } from "../support/store_api.mjs";

const shop = await openShop();
after(() => shop.close());

const total = async (page) => minorOf(await page.textContent("dd.total"));

async function enterCode(page, code) {
  if (!(await page.isVisible("#coupon-code"))) await page.click("summary:has-text('discount code')");
  await page.fill("#coupon-code", code);
  await page.click("form:has(#coupon-code) button");
  await settle(page);
}

test("A code is taken in the cart, shown everywhere, and paid less for", { timeout: 60_000 }, async () => {
  const page = await visit(shop);
  const shopper = german();
  await addToCart(page, "dipped-mug", { sku: "MUG-DIP-SAGE", quantity: 2 });
  assert.equal(await total(page), 5600);
  await enterCode(page, "no-such-code");
  assert.match(await page.textContent("#coupon-error"), /do not know/);
  await enterCode(page, " welcome10 ");
  await page.waitForSelector(".coupon");
  assert.equal(await total(page), 5040);
  assert.match(await page.textContent(".summary"), /WELCOME10/);

  await page.click(".coupon button");
  await page.waitForFunction(() => !document.querySelector(".coupon"));
  assert.equal(await total(page), 5600);
  await enterCode(page, "WELCOME10");
  await page.waitForSelector(".coupon");

  await goToCheckout(page);
  await fillCheckout(page, shopper);
  assert.equal(await total(page), 5040 + 490);
  await order(page);
  await reachPayment(page);
  await payByCard(page, cards.good);
  await reachThanks(page);
  const placed = await shop.placedOrderOf(shopper.email);
  assert.equal(placed.total_minor, 5530);
  assert.equal(placed.paid_minor, 5530);
  assert.match(await page.textContent("main"), /WELCOME10/);
  assert.match((await shop.mailTo(shopper.email)).text, /Discount \(WELCOME10\): -€5\.60/);
  await leave(page);
});

test("A code works without JavaScript, at the checkout too, and is taken before anything is ordered", { timeout: 60_000 }, async () => {
  const page = await visit(shop, { javaScript: false });
  await addToCart(page, "dipped-mug", { sku: "MUG-DIP-SAGE" });
  await page.click("summary:has-text('discount code')");
  await page.fill("#coupon-code", "x");
  await page.click("form:has(#coupon-code) button");
  assert.match(await page.textContent("#coupon-error"), /do not know/);
  await go(page, "/checkout");
  await page.click("summary:has-text('discount code')");
  await page.fill("#coupon", "welcome10");
  await page.fill("#email", "kept@example.com");
  await page.click("button[name=update]:below(#coupon)");
  assert.equal(await page.inputValue("#email"), "kept@example.com", "what was typed is kept");
  assert.equal(await total(page), 2520 + 490);
  await page.click("button[name=remove_coupon]");
  assert.equal(await total(page), 2800 + 490);
  assert.equal(shop.orders("c.email = 'kept@example.com'").length, 0);
  await leave(page);
});

test("A code used up by somebody else meanwhile is named, and the new total must be confirmed", { timeout: 60_000 }, async () => {
  const added = shop.run("coupon", "add", "--code", "LAST", "--title", "The last one", "--amount", "eu=5.00", "--limit", "1");
  assert.equal(added.status, 0, added.errors);
  const page = await visit(shop);
  const shopper = german();
  await addToCart(page, "dipped-mug", { sku: "MUG-DIP-SAGE" });
  await enterCode(page, "LAST");
  await page.waitForSelector(".coupon");
  await goToCheckout(page);
  await fillCheckout(page, shopper);
  assert.equal(await total(page), 2800 - 500 + 490);

  const api = new StoreApi(shop);
  const other = await api.readyCart({ sku: "MUG-DIP-SAGE", email: "faster@example.com" });
  await api.post(`/carts/${other.id}/promotions`, { promo_codes: ["LAST"] });
  const bought = await api.buy(other.id);
  assert.equal(bought.json.type, "order", bought.text);

  await order(page);
  await page.waitForSelector("[role=alert]");
  assert.match(await page.textContent("main"), /used up/);
  assert.equal(await total(page), 2800 + 490);
  assert.equal(shop.orders(`c.email = '${shopper.email}'`).length, 0, "nothing was ordered");
  await fillCheckout(page, shopper);
  await order(page);
  await reachPayment(page);
  assert.equal(shop.orderOf(shopper.email).total_minor, 2800 + 490);
  await leave(page);
});
