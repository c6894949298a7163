// What is paid is what the shop reckons: never what a client says, never what was true before the cart changed.

import assert from "node:assert/strict";
import { after, test } from "node:test";
import { openShop } from "../support/shop.mjs";
import { StoreApi, addressIn } from "../support/store_api.mjs";

const shop = await openShop();
after(() => shop.close());
const api = new StoreApi(shop);

const paymentsOf = (sku) => shop.rows(`SELECT o.total_minor, o.status, p.amount_minor, p.status AS payment FROM orders.orders o
  JOIN payments.payments p ON p.payable_id = o.id JOIN orders.order_lines l ON l.order_id = o.id
 WHERE l.sku = '${sku}' ORDER BY o.created_at`);

test("Prices, discounts, taxes and delivery that a client sends are not believed (hardening 68)", { timeout: 60_000 }, async () => {
  const region = await api.region();
  const variant_id = `variant_${shop.variant("MUG-DIP-SAGE")}`;
  const cheap = { unit_price: 0.01, total: 0.01, discount_total: 99, tax_total: 0, compare_at_unit_price: 0.01 };
  const created = await api.post("/carts", {
    region_id: region.id, email: "cheap@example.com", shipping_address: addressIn("de"), total: 0.01, discount_total: 1000,
    items: [{ variant_id, quantity: 1, ...cheap }],
  });
  assert.equal(created.status, 200, created.text);
  const added = await api.post(`/carts/${created.json.cart.id}/line-items`, { variant_id, quantity: 1, ...cheap });
  assert.equal(added.status, 200, added.text);
  const { cart } = added.json;
  const changed = await api.post(`/carts/${cart.id}/line-items/${cart.items[0].id}`, { quantity: 1, ...cheap });
  assert.equal(changed.status, 200, changed.text);
  const [option] = (await api.get(`/shipping-options?cart_id=${cart.id}`)).json.shipping_options;
  const shipped = await api.post(`/carts/${cart.id}/shipping-methods`, { option_id: option.id, amount: 0, data: { amount: 0 } });
  assert.equal(shipped.json.cart.item_total, 28);
  assert.equal(shipped.json.cart.shipping_total, option.amount);
  const done = await api.buy(cart.id);
  assert.equal(done.json.type, "order", done.text);
  assert.equal(done.json.order.total, 28 + option.amount);
});

test("An order that costs nothing needs no provider, and counts stock and limits all the same (hardening 77)", { timeout: 60_000 }, async () => {
  for (const [code, ...words] of [["GIFT", "--percent", "100", "--limit", "1"], ["POST", "--free-shipping"]]) {
    const made = shop.run("coupon", "add", "--code", code, "--title", code, ...words);
    assert.equal(made.status, 0, made.errors);
  }
  const carts = [];
  for (const email of ["first@example.com", "second@example.com"]) {
    const { id } = await api.readyCart({ sku: "PLATE-SET-4", quantity: 2, email });
    const free = await api.post(`/carts/${id}/promotions`, { promo_codes: ["GIFT", "POST"] });
    assert.equal(free.json.cart.total, 0, free.text);
    carts.push(id);
  }
  const before = shop.stock("PLATE-SET-4").committed;
  const [first, second] = [await api.buy(carts[0]), await api.buy(carts[1])];
  assert.equal(first.json.type, "order", first.text);
  assert.equal(first.json.order.total, 0);
  assert.equal(second.status, 409, second.text);
  assert.equal(second.json.code, "promotion_used_up");
  assert.equal(shop.stock("PLATE-SET-4").committed, before + 2);
  assert.deepEqual(shop.verify(), { status: 0, output: "" });
});

test("Another address while paying changes the tax, and with it the payment (hardening 78)", { timeout: 60_000 }, async () => {
  const region = await api.region("usd");
  const variant_id = `variant_${shop.variant("VASE-TALL")}`;
  const created = await api.post("/carts", {
    region_id: region.id, email: "mover@example.com", shipping_address: addressIn("us"), items: [{ variant_id, quantity: 1 }],
  });
  const { cart } = created.json;
  const [option] = (await api.get(`/shipping-options?cart_id=${cart.id}`)).json.shipping_options;
  const ready = (await api.post(`/carts/${cart.id}/shipping-methods`, { option_id: option.id })).json.cart;
  assert.equal((await api.openPayment(cart.id, "pp_stripe_stripe")).status, 200);

  const moved = await api.post(`/carts/${cart.id}`, {
    shipping_address: { ...addressIn("us"), city: "Portland", province: "OR", postal_code: "97201" },
  });
  assert.equal(moved.status, 200, moved.text);
  assert.ok(moved.json.cart.tax_total < ready.tax_total, "Oregon has no sales tax");
  const stale = await api.complete(cart.id);
  assert.notEqual(stale.json.type, "order", "what was begun for the old address is not completed");
  assert.equal((await api.openPayment(cart.id, "pp_stripe_stripe")).status, 200);
  const [old, now] = paymentsOf("VASE-TALL");
  assert.equal(old.total_minor, Math.round(ready.total * 100));
  assert.equal(old.status, "canceled");
  assert.equal(old.payment, "canceled");
  assert.equal(now.total_minor, Math.round(moved.json.cart.total * 100));
  assert.equal(now.amount_minor, now.total_minor);
  assert.equal(now.status, "pending");
});
