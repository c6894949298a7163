// Impatience and lost answers: the same order asked for many times is one order.

import assert from "node:assert/strict";
import { after, test } from "node:test";
import { Shopper, send } from "../support/http.mjs";
import { openShop } from "../support/shop.mjs";
import { StoreApi } from "../support/store_api.mjs";

const shop = await openShop();
after(() => shop.close());
const api = new StoreApi(shop);
const times = (count, work) => Promise.all(Array.from({ length: count }, (_, index) => work(index)));

test("A cart completed 20 times at once is one order", { timeout: 60_000 }, async () => {
  const cart = await api.readyCart({ sku: "SOAP-ROSE", email: "impatient@example.com" });
  const sessions = await times(20, () => api.openPayment(cart.id));
  for (const answer of sessions) assert.equal(answer.status, 200, answer.text);
  const answers = await times(20, () => api.complete(cart.id));
  const ids = new Set(answers.map((answer) => answer.json.order?.id));
  assert.equal(ids.size, 1, [...ids].join());
  assert.equal(shop.orders("c.email = 'impatient@example.com'").length, 1);
  assert.equal(shop.stock("SOAP-ROSE").committed, 1);
});

test("The same idempotency key gives the same answer, whatever the cart became meanwhile", { timeout: 60_000 }, async () => {
  const cart = await api.readyCart({ sku: "SOAP-SAGE", email: "retry@example.com" });
  const collection = (await api.post("/payment-collections", { cart_id: cart.id })).json.payment_collection;
  const open = () => send(`${shop.url}/store/payment-collections/${collection.id}/payment-sessions`,
    { json: { provider_id: "pp_stripe_stripe" }, headers: { "idempotency-key": "try-1" } });
  const answers = await times(20, open);
  const secrets = new Set(answers.map((answer) => answer.json.payment_collection?.payment_sessions[0].data.client_secret));
  assert.equal(secrets.size, 1, answers.map((answer) => `${answer.status} ${answer.text.slice(0, 120)}`).join("\n"));
  assert.equal(shop.orders("c.email = 'retry@example.com'").length, 1);
});

test("The order button pressed 20 times at once orders once", { timeout: 60_000 }, async () => {
  const shopper = new Shopper(shop);
  await shopper.post("/cart/lines", { variant: shop.variant("DISH-SOAP"), quantity: "1" });
  const page = (await shopper.get("/checkout")).text;
  const [, shipping_option] = /name="shipping_option" value="([0-9a-f]+)"/.exec(page);
  const form = { email: "clicker@example.com", name: "Ada", line1: "Weg 1", postal_code: "10119", city: "Berlin", country: "DE", payment: "stripe", shipping_option, total: "2390", order: "1" };
  const answers = await times(20, () => shopper.post("/checkout", form));
  for (const answer of answers) assert.equal(answer.status, 303, `${answer.status} ${answer.headers.location ?? ""}`);
  assert.equal(shop.orders("c.email = 'clicker@example.com'").length, 1);
  assert.equal(new Set(answers.map((answer) => answer.headers.location)).size, 1, "all lead to the same payment page");
  assert.equal(shop.stock("DISH-SOAP").committed, 1);
});

test("A cart changed from 20 sides at once counts every change", { timeout: 60_000 }, async () => {
  const shopper = new Shopper(shop);
  const variant = shop.variant("TOWEL-WHITE");
  await shopper.post("/cart/lines", { variant, quantity: "1" });
  const answers = await times(20, () => shopper.post("/cart/lines", { variant, quantity: "1" }));
  const counted = answers.filter(({ status }) => status === 303).length;
  assert.ok(counted >= 15, `only ${counted} of 20 changes were taken`);
  assert.equal((await shopper.get("/me.json")).json.cart_count, 1 + counted);
  for (const { status } of answers) assert.ok([303, 409].includes(status), String(status));
});
