// Cards that are declined, 3-D Secure, and shoppers who come back without having paid.

import assert from "node:assert/strict";
import { after, test } from "node:test";
import { go, leave, visit } from "../support/browser.mjs";
import { eventually, openShop } from "../support/shop.mjs";
import { addToCart, cards, fillCheckout, german, goToCheckout, order, payByCard, reachPayment, reachThanks, shopUntilPayment } from "../support/shopping.mjs";

const shop = await openShop();
after(() => shop.close());
const payButton = "main form[action*='/orders/'][action*='/pay'] button";

test("A declined card can be followed by one that pays, and one order is placed", { timeout: 60_000 }, async () => {
  const page = await visit(shop);
  const shopper = german();
  await shopUntilPayment(page, { handle: "soap-bar", sku: "SOAP-ROSE", shopper });
  await payByCard(page, cards.declined);
  assert.match(await page.textContent("#error"), /declined/);
  assert.equal(shop.orderOf(shopper.email).status, "pending");
  await payByCard(page, cards.good);
  await reachThanks(page);
  const placed = await shop.placedOrderOf(shopper.email);
  assert.equal(placed.paid_minor, placed.total_minor);
  assert.equal(shop.orders(`c.email = '${shopper.email}'`).length, 1);
  await leave(page);
});

test("3-D Secure that succeeds pays the order", { timeout: 60_000 }, async () => {
  const page = await visit(shop);
  const shopper = german();
  await shopUntilPayment(page, { handle: "soap-bar", sku: "SOAP-ROSE", shopper });
  await payByCard(page, cards.secure);
  await page.waitForURL("**/challenge");
  await page.click("#complete");
  await reachThanks(page);
  assert.equal((await shop.placedOrderOf(shopper.email)).payment_status, "paid");
  await leave(page);
});

test("3-D Secure that fails leaves the order unpaid, and another card pays it", { timeout: 60_000 }, async () => {
  const page = await visit(shop);
  const shopper = german();
  await shopUntilPayment(page, { handle: "soap-bar", sku: "SOAP-ROSE", shopper });
  await payByCard(page, cards.secure);
  await page.waitForURL("**/challenge");
  await page.click("#fail");
  await page.waitForSelector("#error");
  assert.equal(shop.orderOf(shopper.email).status, "pending");
  await payByCard(page, cards.good);
  await reachThanks(page);
  await shop.placedOrderOf(shopper.email);
  await leave(page);
});

test("The back button from the payment page and a second click on order lead to the same order", { timeout: 60_000 }, async () => {
  const page = await visit(shop);
  const shopper = german();
  await shopUntilPayment(page, { handle: "soap-dish", shopper });
  const first = shop.orderOf(shopper.email);
  await page.goBack();
  await page.waitForURL("**/checkout");
  await goToCheckout(page);
  assert.equal(await page.inputValue("#email"), shopper.email, "what was typed is still there");
  await fillCheckout(page, shopper);
  await order(page);
  await reachPayment(page);
  assert.equal(shop.orderOf(shopper.email).id, first.id);
  assert.equal(shop.stock("DISH-SOAP").committed, 1, "its unit is held once");
  await payByCard(page, cards.good);
  await reachThanks(page);
  await shop.placedOrderOf(shopper.email);
  await leave(page);
});

test("A shopper who leaves the payment page is told that nothing was paid, and can pay later", { timeout: 60_000 }, async () => {
  const page = await visit(shop);
  const shopper = german();
  await shopUntilPayment(page, { handle: "beeswax-tapers", sku: "TAPER-5", shopper });
  await page.click("#cancel");
  await reachThanks(page);
  const pending = shop.orderOf(shopper.email);
  assert.equal(pending.status, "pending");
  await go(page, "/cart");
  await page.click(`a[href$='/orders/${pending.access_token}']`);
  await page.click(payButton);
  await reachPayment(page);
  await payByCard(page, cards.good);
  await reachThanks(page);
  await shop.placedOrderOf(shopper.email);
  await leave(page);
});

test("A shopper who cancels gives the units back", { timeout: 60_000 }, async () => {
  const page = await visit(shop);
  const shopper = german();
  const before = shop.stock("JAR-NONE").committed;
  await shopUntilPayment(page, { handle: "jar-candle", sku: "JAR-NONE", shopper });
  assert.equal(shop.stock("JAR-NONE").committed, before + 1);
  await page.click("#cancel");
  await reachThanks(page);
  await page.click("main form[action*='cancel'] button");
  await eventually("the order is canceled", () => shop.orderOf(shopper.email).status === "canceled");
  assert.equal(shop.stock("JAR-NONE").committed, before);
  await leave(page);
});

test("A payment provider that is out of order does not lose the order: it can be paid when the provider is back", { timeout: 60_000 }, async () => {
  const page = await visit(shop);
  const shopper = german();
  await shop.simulate({ kind: "error_500", count: -1, match: "/v1/checkout/sessions" });
  try {
    await addToCart(page, "soap-bar", { sku: "SOAP-SAGE" });
    await goToCheckout(page);
    await fillCheckout(page, shopper);
    await order(page);
    await reachThanks(page);
    assert.equal(shop.orderOf(shopper.email).status, "pending");
  } finally {
    await shop.simulateNothing();
  }
  await eventually("the payment page opens again", async () => {
    await go(page, `/orders/${shop.orderOf(shopper.email).access_token}`);
    await page.click(payButton);
    await page.waitForURL(/\/c\/pay\/|problem=/);
    return page.url().startsWith(shop.payments);
  }, { seconds: 40, every: 2_000 });
  await payByCard(page, cards.good);
  await reachThanks(page);
  await shop.placedOrderOf(shopper.email);
  await leave(page);
});
