// Every page at the width of a phone and of a desk, into tests/out. Nothing may be wider than its window.

import { after, test } from "node:test";
import { go, leave, shoot, visit } from "../support/browser.mjs";
import { openShop } from "../support/shop.mjs";
import { addToCart, cards, fillCheckout, german, goToCheckout, order, payByCard, reachPayment, reachThanks } from "../support/shopping.mjs";

const shop = await openShop();
after(() => shop.close());

const pages = {
  "home": "/", "home-de": "/de-eu", "home-us": "/en-us", "category": "/c/tableware",
  "category-filtered": "/c/textiles-and-baskets?option.colour=white&available=1", "product": "/p/dipped-mug", "product-de": "/de-eu/p/pillar-candle",
  "search": "/search?q=linen", "search-nothing": "/search?q=xyzzy", "legal": "/pages/returns", "cart-empty": "/cart",
};

for (const [name, path] of Object.entries(pages)) {
  test(`The page ${name} fits a phone and a desk`, { timeout: 60_000 }, async () => {
    const page = await visit(shop);
    await go(page, path);
    await shoot(page, name);
    await leave(page);
  });
}

test("A page that is not there fits a phone and a desk", { timeout: 60_000 }, async () => {
  const page = await visit(shop);
  await go(page, "/no-such-page", 404);
  await shoot(page, "not-found");
  await leave(page);
});

test("The way from cart to thanks fits a phone and a desk", { timeout: 90_000 }, async () => {
  const page = await visit(shop);
  await addToCart(page, "linen-towel", { sku: "TOWEL-WHITE", quantity: 2 });
  await addToCart(page, "jar-candle", { sku: "JAR-FIG" });
  await shoot(page, "cart");
  await goToCheckout(page);
  await shoot(page, "checkout");
  await page.evaluate(() => { document.querySelector("#checkout-form").noValidate = true; });
  await order(page);
  await page.waitForSelector("[role=alert]");
  await shoot(page, "checkout-errors");
  const shopper = german();
  await fillCheckout(page, shopper);
  await shoot(page, "checkout-filled");
  await order(page);
  await reachPayment(page);
  await shoot(page, "payment");
  await page.click("#cancel");
  await reachThanks(page);
  await shoot(page, "order-unpaid");
  await page.goBack();
  await reachPayment(page);
  await payByCard(page, cards.good);
  await reachThanks(page);
  await shop.placedOrderOf(shopper.email);
  await page.reload();
  await shoot(page, "thanks");
  await leave(page);
});
