// What no well-behaved client sends: every answer is a 4xx that names the field, and nothing is written.

import assert from "node:assert/strict";
import { after, test } from "node:test";
import { send } from "../support/http.mjs";
import { openShop } from "../support/shop.mjs";
import { StoreApi, addressIn } from "../support/store_api.mjs";

const shop = await openShop();
after(() => shop.close());

const api = new StoreApi(shop);
const sku = "SOAP-ROSE";
const variant = `variant_${shop.variant(sku)}`;
const [eu, us] = [await api.region("eur"), await api.region("usd")];
const cart = await api.readyCart({ sku, quantity: 2, email: "owner@example.com" });
const line = cart.items[0].id;
const option = (await api.get(`/shipping-options?cart_id=${cart.id}`)).json.shipping_options[0].id;
const usCart = (await api.post("/carts", { region_id: us.id })).json.cart;
const usOption = (await api.get(`/shipping-options?cart_id=${usCart.id}`)).json.shipping_options[0].id;
const collection = (await api.post("/payment-collections", { cart_id: cart.id })).json.payment_collection;

const zeros = "0".repeat(32);
const huge = 2 ** 31;
const notText = [7, true, [], {}];
const notCount = [0, -1, 1.5, 10_000, huge, 1e300, "2", true, [], {}, null];

// [endpoint, field that the message names, the good body, bad values of the field]
const table = [
  ["/carts", "region_id", { region_id: eu.id }, ["", "x", `reg_${zeros}`, "x".repeat(10_000), ...notText]],
  ["/carts", "items", { region_id: eu.id, items: [] }, [{}, "x", 1, [1], [{}], Array(101).fill({ variant_id: variant, quantity: 1 })]],
  ["/carts", "email", { region_id: eu.id }, ["x", "a@b", `${"a".repeat(300)}@example.com`, "a\nb@example.com", ...notText]],
  [`/carts/${cart.id}`, "email", {}, ["x", "a b@example.com", `${"a".repeat(300)}@example.com`, ...notText]],
  [`/carts/${cart.id}`, "region_id", {}, ["x", `reg_${zeros}`, ...notText]],
  [`/carts/${cart.id}`, "shipping_address", {}, ["x", 1, true, []]],
  ...["first_name", "last_name", "address_1", "address_2", "city", "postal_code", "company", "phone"].map((field) =>
    [`/carts/${cart.id}`, field, { shipping_address: addressIn("de") }, ["x".repeat(1_000), "a\u0000b", 7, []], "shipping_address"]),
  [`/carts/${cart.id}`, "country_code", { shipping_address: addressIn("de") }, ["xx", "deu", "us", 7, "d".repeat(1_000)], "shipping_address"],
  [`/carts/${cart.id}/line-items`, "quantity", { variant_id: variant }, [...notCount, undefined]],
  [`/carts/${cart.id}/line-items`, "variant_id", { quantity: 1 }, [undefined, null, "", "x", zeros, `variant_${zeros}`, `prod_${zeros}`, "x".repeat(10_000), ...notText]],
  [`/carts/${cart.id}/line-items/${line}`, "quantity", {}, [-1, 1.5, 10_000, huge, "2", true, null, undefined]],
  [`/carts/${cart.id}/shipping-methods`, "option_id", {}, [undefined, null, "", "x", `so_${zeros}`, usOption, ...notText]],
  ["/payment-collections", "cart_id", {}, [undefined, null, "", "x", `cart_${zeros}`, ...notText]],
  [`/payment-collections/${collection.id}/payment-sessions`, "provider_id", {}, [undefined, null, "", "x", "pp_paypal", ...notText]],
];

const picture = () => JSON.stringify(shop.rows(`
  SELECT (SELECT count(*) FROM checkout.carts) AS carts, (SELECT count(*) FROM checkout.cart_lines) AS lines, (SELECT sum(quantity) FROM checkout.cart_lines) AS units,
         (SELECT sum(version) FROM checkout.carts) AS versions, (SELECT count(*) FROM orders.orders) AS orders, (SELECT count(*) FROM payments.payments) AS payments,
         (SELECT sum(committed) FROM inventory.stock_levels) AS committed, (SELECT string_agg(email, ',') FROM checkout.cart_contacts) AS emails`));

function assertRefused(answer, field, what) {
  assert.ok(answer.status >= 400 && answer.status < 500, `${what} is answered ${answer.status}: ${answer.text.slice(0, 300)}`);
  assert.ok(answer.json.type && answer.json.message, `${what} is answered in Medusa's shape`);
  // A cart that is not found is named as Medusa names it: "Cart with id: … was not found".
  const words = field?.replace("cart_id", "cart");
  if (field) assert.ok(answer.json.message.toLowerCase().includes(words), `${what}: "${answer.json.message}" names ${field}`);
}

for (const [path, field, good, values, inside] of table) {
  const name = `${path.replace(/_[0-9A-Za-z_-]{16,}/g, "_…")} refuses a bad ${inside ? `${inside}.` : ""}${field}`;
  test(name, { timeout: 30_000 }, async () => {
    const before = picture();
    for (const value of values) {
      const body = structuredClone(good);
      (inside ? body[inside] : body)[field] = value;
      assertRefused(await api.post(path, body), field, `${field} = ${JSON.stringify(value)?.slice(0, 80)}`);
    }
    assert.equal(picture(), before, "nothing was written");
  });
}

test("Bodies that are no JSON object are refused by every endpoint", { timeout: 30_000 }, async () => {
  const before = picture();
  const paths = ["/carts", `/carts/${cart.id}`, `/carts/${cart.id}/line-items`, `/carts/${cart.id}/line-items/${line}`, `/carts/${cart.id}/shipping-methods`,
    "/payment-collections", `/payment-collections/${collection.id}/payment-sessions`];
  const bodies = {
    "broken": "{\"email\":", "an array": "[]", "a number": "1", "text": "\"x\"", "two objects": "{}{}", "a duplicate key": `{"quantity":1,"variant_id":"${variant}","quantity":2}`,
    "invalid UTF-8": Buffer.from([0x7b, 0x22, 0x65, 0x6d, 0x61, 0x69, 0x6c, 0x22, 0x3a, 0x22, 0xff, 0xfe, 0x22, 0x7d]),
    "a lone surrogate": "{\"email\":\"\\ud800@example.com\"}", "very deep": `${"[".repeat(5_000)}${"]".repeat(5_000)}`, "a trailing comma": "{\"email\":\"a@example.com\",}",
  };
  for (const path of paths) {
    for (const [what, body] of Object.entries(bodies)) {
      const answer = await send(`${shop.url}/store${path}`, { body, headers: { "content-type": "application/json" } });
      assertRefused(answer, null, `${path} with ${what}`);
    }
  }
  assert.equal(picture(), before, "nothing was written");
});

test("Another content type is refused", async () => {
  const before = picture();
  for (const type of ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "application/jsonp"]) {
    const answer = await send(`${shop.url}/store/carts`, { body: JSON.stringify({ region_id: eu.id }), headers: { "content-type": type } });
    assert.equal(answer.status, 415, type);
  }
  assert.equal(picture(), before);
});

test("A body of megabytes is refused", async () => {
  const body = JSON.stringify({ region_id: "x".repeat(3_000_000) });
  const answer = await send(`${shop.url}/store/carts`, { body, headers: { "content-type": "application/json" } }).catch(() => ({ status: "cut" }));
  assert.ok([413, "cut"].includes(answer.status), String(answer.status));
});

test("Other people's and unknown ids lead nowhere", async () => {
  const before = picture();
  const stranger = (await api.post("/carts", { region_id: eu.id })).json.cart;
  const guesses = [`cart_${zeros}`, "cart_", "cart", "x", "%00", "%ff", `cart_${"A".repeat(22)}`, `${cart.id}x`, cart.id.slice(0, -1), cart.id.toUpperCase(), "x".repeat(3_000)];
  for (const id of guesses) {
    for (const attempt of [api.get(`/carts/${id}`), api.post(`/carts/${id}`, { email: "thief@example.com" }), api.post(`/carts/${id}/line-items`, { variant_id: variant, quantity: 1 }), api.post(`/carts/${id}/complete`)]) {
      const answer = await attempt;
      assert.ok(answer.status >= 400 && answer.status < 500, `${id.slice(0, 40)}: ${answer.status}`);
    }
  }
  const changed = await api.post(`/carts/${stranger.id}/line-items/${line}`, { quantity: 9 });
  assertRefused(changed, null, "another cart's line");
  const removed = await api.delete(`/carts/${stranger.id}/line-items/${line}`);
  assert.ok(removed.status < 500);
  assert.equal((await api.get(`/carts/${cart.id}`)).json.cart.items[0].quantity, 2, "the owner's line is as it was");
  const hex = shop.row(`SELECT replace(id::text, '-', '') AS hex FROM checkout.carts WHERE channel = 'store_api' LIMIT 1`).hex;
  assert.equal((await api.get(`/carts/cart_${hex}`)).status, 404, "a database id is no credential");
  const after = JSON.parse(picture())[0];
  assert.equal(after.carts, JSON.parse(before)[0].carts + 1);
  assert.equal(after.lines, JSON.parse(before)[0].lines);
});

test("Queries that make no sense are refused and named", async () => {
  const bad = { limit: ["-1", "0.5", "x", "99999999999", "10&limit=20"], offset: ["-1", "x", "1e9"], order: ["no_such_field", "title;drop"], region_id: ["x", `reg_${zeros}`],
    fields: ["title,".repeat(300), "a".repeat(9_000), "<x>"] };
  for (const [name, values] of Object.entries(bad)) {
    for (const value of values) {
      const answer = await api.get(`/products?${name}=${value}`);
      assert.ok(answer.status >= 400 && answer.status < 500, `${name}=${value.slice(0, 30)} is answered ${answer.status}`);
    }
  }
});

test("More than there is cannot be put into a cart", async () => {
  const before = picture();
  const answer = await api.post(`/carts/${cart.id}/line-items`, { variant_id: variant, quantity: 9_000 });
  assertRefused(answer, null, "9,000 pieces");
  assert.equal(picture(), before);
});

test("A cart without what an order needs is not completed, and says what is missing", async () => {
  const bare = (await api.post("/carts", { region_id: eu.id, items: [{ variant_id: variant, quantity: 1 }] })).json.cart;
  const orders = shop.orders().length;
  const answer = await api.buy(bare.id);
  assert.ok(answer.status >= 400 && answer.status < 500, `${answer.status}: ${answer.text}`);
  assert.match(answer.text, /email|address|shipping/);
  assert.equal(shop.orders().length, orders);
  const empty = (await api.post("/carts", { region_id: eu.id })).json.cart;
  const nothing = await api.buy(empty.id);
  assert.ok(nothing.status >= 400 && nothing.status < 500, `${nothing.status}: ${nothing.text}`);
});

test("A cart of one market takes neither price nor delivery of another (hardening 69)", async () => {
  assertRefused(await api.post(`/carts/${usCart.id}/shipping-methods`, { option_id: option }), "option_id", "the other market's delivery");
  const moved = await api.post(`/carts/${usCart.id}`, { shipping_address: addressIn("de") });
  assertRefused(moved, "country_code", "an address outside the market");
});
