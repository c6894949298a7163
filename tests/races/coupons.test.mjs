// Many buyers, few uses of a coupon: it is used as often as it may be, and everybody gets a clear answer.

import assert from "node:assert/strict";
import { after, test } from "node:test";
import { Shopper } from "../support/http.mjs";
import { openShop } from "../support/shop.mjs";
import { StoreApi, inParallel } from "../support/store_api.mjs";

const shop = await openShop();
after(() => shop.close());
const api = new StoreApi(shop);

function addCoupon(code, ...words) {
  const done = shop.run("coupon", "add", "--code", code, "--title", `Code ${code}`, "--percent", "10", ...words);
  assert.equal(done.status, 0, done.errors);
}

async function cartWith(code, email) {
  const cart = await api.readyCart({ sku: "MUG-DIP-SAGE", email });
  const answer = await api.post(`/carts/${cart.id}/promotions`, { promo_codes: [code] });
  assert.equal(answer.status, 200, answer.text);
  assert.deepEqual(answer.json.cart.promotions.map((promotion) => promotion.code), [code]);
  assert.ok(answer.json.cart.discount_total > 0);
  return answer.json.cart;
}

const uses = (code) => shop.row(`SELECT uses FROM promotions.coupons WHERE code = '${code}'`).uses;
const discounted = (code) => shop.orders(`o.status IN ('pending', 'placed') AND o.discounts @> '[{"code": "${code}"}]'`);
const isOrder = (answer) => answer.status === 200 && answer.json.type === "order";

test("hardening 73: of 100 parallel buyers with a coupon of one use, one order has it and 99 are told", { timeout: 180_000 }, async () => {
  shop.setStock("MUG-DIP-SAGE", 1000);
  addCoupon("ONCE", "--limit", "1");
  const emails = Array.from({ length: 100 }, (_, index) => `buyer-${index}@example.com`);
  const carts = await inParallel(emails, 16, (email) => cartWith("ONCE", email));
  const answers = await Promise.all(carts.map(({ id }) => api.buy(id)));
  const won = answers.filter(isOrder);
  assert.equal(won.length, 1);
  assert.equal(won[0].json.order.discount_total, 2.8);
  for (const answer of answers.filter((each) => !isOrder(each))) {
    assert.equal(answer.status, 409, answer.text.slice(0, 200));
    assert.equal(answer.json.code, "promotion_used_up", answer.text.slice(0, 200));
  }
  assert.equal(discounted("ONCE").length, 1);
  assert.equal(uses("ONCE"), 1);
  assert.deepEqual(shop.verify(), { status: 0, output: "" });

  // Who was told goes on without it.
  const loser = carts.find((_, index) => !isOrder(answers[index]));
  const again = await api.buy(loser.id);
  assert.ok(isOrder(again), again.text.slice(0, 200));
  assert.equal(again.json.order.discount_total, 0);
  assert.equal(again.json.order.total, loser.original_total);
});

test("hardening 73: one customer in 30 tabs uses a coupon for new customers once, in whatever spelling", { timeout: 120_000 }, async () => {
  addCoupon("HELLO", "--limit-per-customer", "1");
  const emails = Array.from({ length: 30 }, (_, index) => (index % 2 ? "Ada.L@Example.com" : "ada.l@example.COM"));
  const carts = await inParallel(emails, 16, (email) => cartWith("HELLO", email));
  const answers = await Promise.all(carts.map(({ id }) => api.buy(id)));
  assert.equal(answers.filter(isOrder).length, 1);
  for (const answer of answers.filter((each) => !isOrder(each))) assert.equal(answer.json.code, "promotion_already_used_by_customer");
  assert.equal(uses("HELLO"), 1);
  assert.deepEqual(shop.rows("SELECT * FROM promotions.coupon_uses WHERE encode(customer_hash, 'escape') LIKE '%example%'"), []);
  assert.deepEqual(shop.verify(), { status: 0, output: "" });
});

test("The same order sent 20 times at once uses its coupon once, and gives it back when it is canceled", { timeout: 60_000 }, async () => {
  addCoupon("REPEAT", "--limit", "2");
  const cart = await cartWith("REPEAT", "repeat@example.com");
  const answers = await Promise.all(Array.from({ length: 20 }, () => api.openPayment(cart.id, "pp_stripe_stripe")));
  for (const answer of answers) assert.equal(answer.status, 200, answer.text.slice(0, 200));
  assert.equal(uses("REPEAT"), 1);
  const [order] = discounted("REPEAT");
  const canceled = await new Shopper(shop).post(`/orders/${order.access_token}/cancel`, {});
  assert.equal(canceled.status, 303);
  assert.equal(uses("REPEAT"), 0);
  assert.deepEqual(shop.verify(), { status: 0, output: "" });
});

test("hardening 105: codes are guessed ten times an hour and cart, then not at all", { timeout: 60_000 }, async () => {
  addCoupon("GUESSED");
  const cart = await api.readyCart({ sku: "MUG-DIP-SAGE", email: "guesser@example.com" });
  for (let i = 0; i < 10; ++i) {
    const answer = await api.post(`/carts/${cart.id}/promotions`, { promo_codes: [`GUESS-${i}`] });
    assert.deepEqual([answer.status, answer.json.code], [400, "promotion_unknown"]);
  }
  const answer = await api.post(`/carts/${cart.id}/promotions`, { promo_codes: ["GUESSED"] });
  assert.deepEqual([answer.status, answer.json.code], [400, "too_many_codes"]);
});
