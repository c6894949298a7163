// What a customer has ordered, and ordering it again.

import assert from "node:assert/strict";
import { after, test } from "node:test";
import { go, leave, shoot, visit } from "../support/browser.mjs";
import { openShop } from "../support/shop.mjs";
import { formToken, newCustomer, unthrottled } from "../support/accounts.mjs";
import { addToCart, fillCheckout, german, goToCheckout, order, reachThanks } from "../support/shopping.mjs";

const shop = await openShop({ env: unthrottled });
after(() => shop.close());

test("An order stands in the account, is looked at from there, and is put into the cart again", { timeout: 120_000 }, async () => {
  const customer = await newCustomer(shop);
  const page = await visit(shop);
  await page.context().addCookies([{ name: "sid", value: customer.cookies.get("sid"), url: shop.url }]);
  await addToCart(page, "linen-towel", { sku: "TOWEL-WHITE", quantity: 2 });
  await addToCart(page, "jar-candle", { sku: "JAR-FIG" });
  await goToCheckout(page);
  await fillCheckout(page, german(customer.email), { payment: "manual" });
  await order(page);
  const token = await reachThanks(page);
  const placed = await shop.placedOrderOf(customer.email);
  await go(page, "/account/orders");
  assert.match(await page.textContent(".order-list"), new RegExp(String(placed.number)));
  await shoot(page, "account-orders");
  await page.click(".order-list a");
  await page.waitForURL(`**/orders/${token}`);

  shop.setStock("JAR-FIG", shop.stock("JAR-FIG").committed);
  await new Promise((done) => setTimeout(done, 1500));
  await go(page, "/account/orders");
  await page.click(".order-list button");
  await page.waitForSelector(".notice.warn li");
  assert.match(await page.textContent(".notice.warn"), /candle/i);
  await page.click("main a.button");
  await page.waitForURL("**/cart");
  assert.equal(await page.inputValue(".quantity-form input[name=quantity]"), "2");

  // Hardening 55: another's order is not there, in no way.
  const bob = await newCustomer(shop);
  const form_token = await formToken(bob, "/account");
  assert.equal((await bob.get(`/account/orders/${placed.id}`)).status, 404);
  assert.equal((await bob.post(`/account/orders/${placed.id}/again`, { form_token })).status, 404);
  assert.equal((await customer.post(`/account/orders/${placed.id}/again`, {})).status, 403);
  assert.ok(!(await bob.get("/account/orders")).text.includes(String(placed.number)));
  await leave(page);
});
