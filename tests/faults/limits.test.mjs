// Those who ask for more than their share: searching, trying cards, hoarding stock that they never pay.

import assert from "node:assert/strict";
import { after, test } from "node:test";
import { send } from "../support/http.mjs";
import { openShop } from "../support/shop.mjs";
import { addressIn, StoreApi } from "../support/store_api.mjs";

const shop = await openShop({
  env: { OSIER_TRUSTED_PROXIES: "127.0.0.1,::1", OSIER_SEARCH_RATE: "5", OSIER_CHECKOUT_RATE: "3", OSIER_ORDER_PAGE_RATE: "20", OSIER_HOLD_ORDERS_MAX: "2" },
});
after(() => shop.close());
const api = new StoreApi(shop);

function sendFrom(address, path, options = {}) {
  return send(`${shop.url}${path}`, { ...options, headers: { "x-forwarded-for": address, ...options.headers } });
}

async function orderFrom(address, email) {
  const cart = await api.readyCart({ sku: "MUG-DIP-SAGE", email });
  const collection = await sendFrom(address, "/store/payment-collections", { json: { cart_id: cart.id } });
  assert.equal(collection.status, 200, collection.text);
  return sendFrom(address, `/store/payment-collections/${collection.json.payment_collection.id}/payment-sessions`, {
    json: { provider_id: "pp_stripe_stripe" },
  });
}

test("searches past the limit are answered 429 with Retry-After, and nobody else notices", async () => {
  const search = (address, n) => sendFrom(address, `/search?q=word${n}`);
  for (let n = 0; n < 5; ++n) assert.equal((await search("203.0.113.7", n)).status, 200);
  const refused = await search("203.0.113.7", 99);
  assert.equal(refused.status, 429);
  assert.ok(Number(refused.headers["retry-after"]) >= 1);
  assert.match(refused.text, /try again in a minute/);
  assert.equal((await search("203.0.113.8", 99)).status, 200);
  const api429 = await Promise.all(Array.from({ length: 8 }, (_, n) => sendFrom("203.0.113.9", `/store/products?q=w${n}`)));
  assert.equal(api429.filter(({ status }) => status === 429).length, 3);
  assert.equal(api429.find(({ status }) => status === 429).json.code, "too_many_requests");
});

test("an IPv6 network is one client", async () => {
  const answers = [];
  for (let n = 0; n < 8; ++n) answers.push(await sendFrom(`2001:db8:7:7::${n + 1}`, `/search?q=six${n}`));
  assert.equal(answers.filter(({ status }) => status === 429).length, 3);
  assert.equal((await sendFrom("2001:db8:7:8::1", "/search?q=six")).status, 200);
});

test("hardening 87: an address that never pays cannot hold more and more", async () => {
  assert.equal((await orderFrom("198.51.100.1", "one@example.com")).status, 200);
  assert.equal((await orderFrom("198.51.100.1", "two@example.com")).status, 200);
  const before = shop.stock("MUG-DIP-SAGE").committed;
  const third = await orderFrom("198.51.100.1", "three@example.com");
  assert.equal(third.status, 429, third.text);
  assert.equal(third.json.code, "too_many_holds");
  assert.ok(Number(third.headers["retry-after"]) > 0);
  assert.equal(shop.stock("MUG-DIP-SAGE").committed, before);
  assert.equal((await orderFrom("198.51.100.2", "three@example.com")).status, 200);
});

test("hardening 105: a session that pays again and again is stopped", async () => {
  const cart = await api.readyCart({ sku: "MUG-DIP-SAGE", email: "cards@example.com" });
  const path = `/store/carts/${cart.id}/complete`;
  const statuses = [];
  for (let n = 0; n < 12; ++n) statuses.push((await sendFrom(`198.51.100.${20 + n}`, path, { json: {} })).status);
  assert.equal(statuses.filter((status) => status === 429).length, 6, statuses.join(" "));
});

test("an address that guesses at orders is stopped, and nobody else notices", async () => {
  const guess = (address, n) => sendFrom(address, `/orders/${String(n).padStart(22, "A")}`);
  const answers = await Promise.all(Array.from({ length: 30 }, (_, n) => guess("203.0.113.30", n)));
  assert.equal(answers.filter(({ status }) => status === 404).length, 20, answers.map(({ status }) => status).join(" "));
  assert.equal(answers.filter(({ status }) => status === 429).length, 10);
  assert.equal((await guess("203.0.113.31", 99)).status, 404);
});

test("a hold is as long as its market or product says", async () => {
  assert.equal(shop.run("hold", "--market", "eu", "--minutes", "20").status, 0);
  assert.equal(shop.run("hold", "--product", "dipped-mug", "--minutes", "15").status, 0);
  const bad = shop.run("hold", "--market", "eu", "--minutes", "5");
  assert.notEqual(bad.status, 0);
  assert.notEqual(shop.run("hold", "--product", "no-such-thing", "--minutes", "15").status, 0);
});
