// Many buyers, few units: every unit is sold once, and everybody gets a clear answer.

import assert from "node:assert/strict";
import { after, test } from "node:test";
import { Shopper } from "../support/http.mjs";
import { openShop } from "../support/shop.mjs";
import { StoreApi, inParallel } from "../support/store_api.mjs";

const shop = await openShop();
after(() => shop.close());

const buyers = (count) => Array.from({ length: count }, (_, index) => `buyer-${index}@example.com`);

test("Of 200 parallel buyers of the last 5 units, 5 get one and 195 are told that it is sold out (hardening 79)", { timeout: 120_000 }, async () => {
  const api = new StoreApi(shop);
  shop.setStock("PLATE-SET-4", 5);
  const carts = await inParallel(buyers(200), 32, (email) => api.readyCart({ sku: "PLATE-SET-4", email }));
  const answers = await Promise.all(carts.map(({ id }) => api.buy(id)));
  const won = answers.filter((answer) => answer.status === 200 && answer.json.type === "order");
  const lost = answers.filter((answer) => !won.includes(answer));
  assert.equal(won.length, 5);
  assert.equal(new Set(won.map((answer) => answer.json.order.id)).size, 5);
  for (const answer of lost) {
    assert.ok(answer.status >= 400 && answer.status < 500, `${answer.status}: ${answer.text.slice(0, 200)}`);
    assert.equal(answer.json.code, "insufficient_inventory", answer.text.slice(0, 200));
  }
  assert.deepEqual(shop.stock("PLATE-SET-4"), { on_hand: 5, committed: 5 });
  assert.equal(shop.orders("o.status IN ('pending', 'placed')").length, 5);
  assert.deepEqual(shop.verify(), { status: 0, output: "" });
});

test("Of 30 parallel shoppers at the storefront who want 2 of the last 7, 3 get them", { timeout: 60_000 }, async () => {
  shop.setStock("EAR-HOOP", 7);
  const variant = shop.variant("EAR-HOOP");
  const shoppers = await inParallel(buyers(30), 8, async (email) => {
    const shopper = new Shopper(shop);
    assert.equal((await shopper.post("/cart/lines", { variant, quantity: "2" })).status, 303);
    const page = (await shopper.get("/checkout")).text;
    const [, shipping_option] = /name="shipping_option" value="([0-9a-f]+)"/.exec(page);
    const form = { email: `web-${email}`, name: "Ada Lindner", line1: "Torstraße 12", postal_code: "10119", city: "Berlin", country: "DE", shipping_option, payment: "manual" };
    const priced = (await shopper.post("/checkout", { ...form, update: "1" })).text;
    const [, total] = /name="total" value="(\d+)"/.exec(priced);
    return { shopper, form: { ...form, total, order: "1" } };
  });
  const answers = await Promise.all(shoppers.map(({ shopper, form }) => shopper.post("/checkout", form)));
  const won = answers.filter(({ status }) => status === 303);
  assert.equal(won.length, 3);
  for (const answer of answers.filter((each) => !won.includes(each))) assert.equal(answer.status, 409);
  assert.deepEqual(shop.stock("EAR-HOOP"), { on_hand: 7, committed: 6 });
});
