// Buying as a guest, from the home page to the mail, in each market and language.

import assert from "node:assert/strict";
import { after, test } from "node:test";
import { go, leave, visit } from "../support/browser.mjs";
import { openShop } from "../support/shop.mjs";
import {
  addToCart, american, cards, fillCheckout, german, goToCheckout, order, payByCard, reachPayment, reachThanks, settle, shopUntilPayment,
} from "../support/shopping.mjs";

const shop = await openShop();
after(() => shop.close());

test("A guest finds a mug by category and filter, buys two, pays by card and gets a mail", { timeout: 90_000 }, async () => {
  const page = await visit(shop);
  const shopper = german();
  await go(page, "/");
  await page.click(".site-nav a[href='/c/tableware']");
  const all = await page.locator(".grid .card").count();
  await page.locator("select[name='option.colour']").selectOption("slate");
  await settle(page);
  assert.match(page.url(), /option\.colour=slate/);
  assert.ok((await page.locator(".grid .card").count()) < all, "the filter leaves fewer pieces");

  await page.click(".grid a[href^='/p/dipped-mug']");
  await page.click(".swatches a[href*='MUG-DIP-SAGE']");
  await settle(page);
  assert.match(page.url(), /variant=MUG-DIP-SAGE/, "the choice of a variant moves the address");
  await page.click(".buy-row button[type=submit]");
  await page.waitForURL("**/cart");

  await page.evaluate(() => { window.isSamePage = true; });
  await page.fill(".quantity-form input[name=quantity]", "2");
  await page.locator(".quantity-form input[name=quantity]").blur();
  await page.waitForFunction(() => document.querySelector(".summary dd.total")?.textContent.includes("56.00"));
  assert.ok(await page.evaluate(() => window.isSamePage), "the quantity changes without a reload");
  await page.waitForFunction(() => document.querySelector("[data-cart-count]").textContent === "2");

  await page.click(".summary a[href$='/checkout']");
  await fillCheckout(page, shopper);
  await page.waitForFunction(() => document.querySelector(".summary dd.total").textContent.includes("60.90"));
  await order(page);
  await reachPayment(page);
  assert.match(await page.textContent("#total"), /60\.90/);
  assert.equal(shop.orderOf(shopper.email).status, "pending", "the order exists before any money moves");
  assert.equal(shop.stock("MUG-DIP-SAGE").committed, 2, "its units are held");
  await payByCard(page, cards.good);
  const token = await reachThanks(page);

  const placed = await shop.placedOrderOf(shopper.email);
  assert.equal(placed.access_token, token);
  assert.equal(placed.total_minor, 6090);
  assert.equal(placed.payment_status, "paid");
  assert.equal(placed.paid_minor, 6090);
  assert.equal(placed.items_minor + placed.shipping_minor + placed.tax_minor, 6090);
  const [line] = shop.rows(`SELECT * FROM orders.order_lines WHERE order_id = '${placed.id}'`);
  assert.equal(line.sku, "MUG-DIP-SAGE");
  assert.equal(line.quantity, 2);
  assert.equal(line.tax_rate_ppm, 190000);
  assert.deepEqual(shop.stock("MUG-DIP-SAGE"), { on_hand: 34, committed: 2 });

  await page.reload();
  assert.match(await page.textContent("main"), new RegExp(String(placed.number)), "the thanks name the order's number");
  await go(page, "/cart");
  assert.equal(await page.locator(".cart-line").count(), 0, "the cart is empty after the purchase");

  const mail = await shop.mailTo(shopper.email);
  for (const part of [mail.html, mail.text]) {
    assert.match(part, new RegExp(String(placed.number)));
    assert.match(part, /Dipped mug/);
    assert.match(part, /60\.90/);
    assert.ok(part.includes(`/orders/${token}`), "the mail links to the order's page");
  }
  await leave(page);
});

test("A German shopper reads and pays in German", { timeout: 60_000 }, async () => {
  const page = await visit(shop, { prefix: "/de-eu", locale: "de-DE" });
  const shopper = german();
  await go(page, "/p/kitchen-stories-book");
  assert.match(await page.textContent(".price"), /22,00\s€/);
  await page.click(".buy-row button[type=submit]");
  await page.waitForURL("**/de-eu/cart");
  assert.match(await page.textContent("h1"), /Warenkorb/);
  await goToCheckout(page);
  assert.equal((await page.textContent("button[name=order]")).trim(), "Zahlungspflichtig bestellen");
  await fillCheckout(page, shopper);
  await order(page);
  await reachPayment(page);
  assert.match(await page.textContent("#submit"), /Jetzt zahlen/, "the payment page is German too");
  await payByCard(page, cards.good);
  await reachThanks(page);
  const placed = await shop.placedOrderOf(shopper.email);
  assert.equal(placed.locale, "de");
  const [line] = shop.rows(`SELECT * FROM orders.order_lines WHERE order_id = '${placed.id}'`);
  assert.equal(line.tax_rate_ppm, 70000, "books have the reduced rate");
  const mail = await shop.mailTo(shopper.email);
  assert.match(mail.text, /Bestellung/);
  assert.match(mail.text, /22,00\s€/);
  await leave(page);
});

test("An American shopper sees sales tax added by state", { timeout: 60_000 }, async () => {
  const page = await visit(shop, { prefix: "/en-us", locale: "en-US" });
  const shopper = american();
  await addToCart(page, "dipped-mug", { sku: "MUG-DIP-BLUSH" });
  assert.match(await page.textContent(".summary"), /\$32\.00/);
  await goToCheckout(page);
  await fillCheckout(page, shopper);
  assert.match(await page.textContent(".summary"), /\$2\.32/, "7.25 % of $32.00");
  await order(page);
  await reachPayment(page);
  await payByCard(page, cards.good);
  await reachThanks(page);
  const placed = await shop.placedOrderOf(shopper.email);
  assert.equal(placed.currency, "USD");
  assert.equal(placed.region, "us");
  const [line] = shop.rows(`SELECT * FROM orders.order_lines WHERE order_id = '${placed.id}'`);
  assert.deepEqual([line.net_minor, line.tax_minor, line.total_minor], [3200, 232, 3432]);
  await leave(page);
});

test("A transfer is ordered without a payment page, and the mail says how to pay", { timeout: 60_000 }, async () => {
  const page = await visit(shop);
  const shopper = german();
  await addToCart(page, "soap-dish");
  await goToCheckout(page);
  await fillCheckout(page, shopper, { payment: "manual" });
  await order(page);
  await reachThanks(page);
  const placed = await shop.placedOrderOf(shopper.email);
  assert.equal(placed.paid_minor, 0);
  assert.equal(shop.stock("DISH-SOAP").committed, 1);
  const mail = await shop.mailTo(shopper.email);
  assert.match(mail.text, new RegExp(String(placed.number)));
  assert.match(mail.text, /transfer/i);
  await leave(page);
});

test("An invoice address of its own is kept apart from the delivery address", { timeout: 60_000 }, async () => {
  const page = await visit(shop);
  const shopper = german();
  await addToCart(page, "soap-bar", { sku: "SOAP-ROSE" });
  await goToCheckout(page);
  await page.click("details:has([name=other_billing]) summary");
  await page.check("[name=other_billing]");
  for (const [name, value] of Object.entries({ name: "Linden GmbH", line1: "Ring 1", postal_code: "1010", city: "Wien" })) {
    await page.fill(`#billing_${name}`, value);
  }
  await page.selectOption("#billing_country", "AT");
  await fillCheckout(page, shopper);
  assert.equal(await page.inputValue("#billing_name"), "Linden GmbH", "pricing anew keeps what was typed");
  await order(page);
  await reachPayment(page);
  const pending = shop.orderOf(shopper.email);
  assert.equal(JSON.parse(pending.billing_address).city, "Wien");
  assert.equal(JSON.parse(pending.shipping_address).city, "Berlin");
  await leave(page);
});

test("The order's page is found by nobody who does not have its link", { timeout: 60_000 }, async () => {
  const page = await visit(shop);
  await shopUntilPayment(page, { handle: "soap-bar", sku: "SOAP-SAGE", shopper: german() });
  await payByCard(page, cards.good);
  const token = await reachThanks(page);
  const stranger = await visit(shop);
  await go(stranger, `/orders/${token.slice(0, -1)}${token.endsWith("A") ? "B" : "A"}`, 404);
  await go(stranger, `/orders/${token}`);
  await leave(stranger);
  await leave(page);
});
