// What happens between filling a cart and ordering: other tabs, other buyers, new prices.

import assert from "node:assert/strict";
import { after, test } from "node:test";
import { go, leave, visit, watch } from "../support/browser.mjs";
import { Shopper } from "../support/http.mjs";
import { eventually, openShop } from "../support/shop.mjs";
import { addToCart, cards, fillCheckout, german, goToCheckout, order, payByCard, reachPayment, reachThanks, shopUntilPayment } from "../support/shopping.mjs";

const shop = await openShop();
after(() => shop.close());

async function prepare(page, shopper, piece) {
  await addToCart(page, piece.handle, piece);
  await goToCheckout(page);
  await fillCheckout(page, shopper);
}

test("A cart changed in another tab must be seen before it is ordered", { timeout: 60_000 }, async () => {
  const page = await visit(shop);
  const shopper = german();
  await prepare(page, shopper, { handle: "soap-bar", sku: "SOAP-ROSE" });
  const other = await page.context().newPage();
  other.shop = shop;
  other.prefix = "";
  watch(other, shop);
  await addToCart(other, "soap-bar", { sku: "SOAP-SAGE", quantity: 3 });

  await order(page);
  await page.waitForSelector("[role=alert]");
  assert.equal(shop.orders(`c.email = '${shopper.email}'`).length, 0, "nothing was ordered");
  assert.match(await page.textContent(".summary"), /3 × /, "the new cart is shown");
  await fillCheckout(page, shopper);
  await order(page);
  await reachPayment(page);
  assert.equal(shop.orderOf(shopper.email).total_minor, 4 * 750 + 490);
  assert.deepEqual(other.problems, []);
  await leave(page);
});

test("A cart changed while its order waits for payment makes a new order, and the old one lets go of its units (hardening 76)", { timeout: 60_000 }, async () => {
  const page = await visit(shop);
  const shopper = german();
  await shopUntilPayment(page, { handle: "planter", sku: "PLANT-16", shopper });
  const first = shop.orderOf(shopper.email);
  await addToCart(page, "planter", { sku: "PLANT-22" });
  await goToCheckout(page);
  await fillCheckout(page, shopper);
  await order(page);
  await reachPayment(page);
  await payByCard(page, cards.good);
  await reachThanks(page);
  const placed = await shop.placedOrderOf(shopper.email);
  assert.notEqual(placed.id, first.id);
  assert.equal(shop.orders(`o.id = '${first.id}'`)[0].status, "canceled");
  assert.deepEqual([shop.stock("PLANT-16").committed, shop.stock("PLANT-22").committed], [1, 1]);
  await leave(page);
});

test("A piece sold out between cart and order is named, and nothing is ordered", { timeout: 60_000 }, async () => {
  const page = await visit(shop);
  const shopper = german();
  await prepare(page, shopper, { handle: "turned-bowl" });
  shop.setStock("BOWL-ELM-16", 0);
  await order(page);
  await page.waitForSelector("[role=alert]");
  assert.match(await page.textContent("main"), /sold/i);
  assert.equal(shop.orders(`c.email = '${shopper.email}'`).length, 0);
  await eventually("the product's page says so too", async () => {
    await go(page, "/p/turned-bowl");
    return (await page.locator(".buy-row").count()) === 0;
  });
  await go(page, "/cart");
  assert.match(await page.textContent(".cart-line"), /sold out/i);
  await leave(page);
});

test("A price raised between cart and order is shown, and must be confirmed by ordering again (hardening 72)", { timeout: 60_000 }, async () => {
  const page = await visit(shop);
  const shopper = german();
  await prepare(page, shopper, { handle: "linen-journal", sku: "JOURNAL-BLANK" });
  shop.execute(`UPDATE catalog.prices p SET amount_minor = 3000 FROM catalog.variants v, catalog.markets m
                 WHERE v.id = p.variant_id AND v.sku = 'JOURNAL-BLANK' AND m.id = p.market_id AND m.code = 'eu'`);
  await eventually("the new price is on the product's page", async () => {
    const reader = await visit(shop, { javaScript: false });
    await go(reader, "/p/linen-journal?variant=JOURNAL-BLANK");
    const price = await reader.textContent(".price");
    await reader.context().close();
    return price.includes("30.00");
  });
  await order(page);
  await page.waitForSelector("[role=alert]");
  const text = await page.textContent("main");
  assert.match(text, /26\.00/, "the old price is named");
  assert.match(text, /30\.00/, "and the new one");
  assert.equal(shop.orders(`c.email = '${shopper.email}'`).length, 0);
  await fillCheckout(page, shopper);
  await order(page);
  await reachPayment(page);
  assert.equal(shop.orderOf(shopper.email).total_minor, 3000 + 490);
  await leave(page);
});

test("A product taken from sale leaves its page at 404 and its cart line to be removed", { timeout: 60_000 }, async () => {
  const page = await visit(shop);
  await addToCart(page, "terrazzo-coasters");
  shop.execute("UPDATE catalog.products SET status = 'archived' WHERE handle = 'terrazzo-coasters'");
  await eventually("the page is gone", async () => (await page.goto(`${shop.url}/p/terrazzo-coasters`)).status() === 404);
  await go(page, "/cart");
  assert.equal(await page.locator(".cart-line .notice, .cart-line .stock").count(), 1);
  await page.click(".cart-line .link-button");
  await page.waitForFunction(() => !document.querySelector(".cart-line"));
  await leave(page);
});

test("Units that were counted are to be had, however many there were before", { timeout: 60_000 }, async () => {
  const put = (quantity) => new Shopper(shop).post("/cart/lines", { variant: shop.variant("SOAP-ROSE"), quantity: String(quantity) });
  assert.equal((await put(500)).status, 409, "there are not so many yet");
  shop.setStock("SOAP-ROSE", 600);
  await eventually("500 are taken", async () => (await put(500)).status === 303);
});
