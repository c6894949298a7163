// The official clients buy: Medusa's SDK from the shop, Stripe's from the payment provider.

import assert from "node:assert/strict";
import { createRequire } from "node:module";
import { after, test } from "node:test";
import Stripe from "stripe";
import { send } from "../support/http.mjs";
import { eventually, openShop } from "../support/shop.mjs";
import { newEmail } from "../support/shopping.mjs";
import { addressIn } from "../support/store_api.mjs";

const shop = await openShop();
after(() => shop.close());

// Its modules are not marked as such, which Node 18 needs; its other form loads everywhere.
const { default: Medusa } = createRequire(import.meta.url)("@medusajs/js-sdk");
const sdk = new Medusa({ baseUrl: shop.url, publishableKey: "pk_anything", auth: { type: "jwt", jwtTokenStorageMethod: "memory" } });
const stripe = new Stripe("sk_test_simulator", { host: "localhost", port: shop.simulatorPort, protocol: "http" });

// Everything up to the payment.
async function fillCart({ email, currency, country, handle, quantity }) {
  const { regions } = await sdk.store.region.list();
  const region = regions.find((each) => each.currency_code === currency);
  const { products } = await sdk.store.product.list({ handle, region_id: region.id, fields: "*variants.calculated_price" });
  assert.equal(products.length, 1);
  const [variant] = products[0].variants;
  let { cart } = await sdk.store.cart.create({ region_id: region.id });
  ({ cart } = await sdk.store.cart.createLineItem(cart.id, { variant_id: variant.id, quantity: quantity + 1 }));
  ({ cart } = await sdk.store.cart.updateLineItem(cart.id, cart.items[0].id, { quantity }));
  ({ cart } = await sdk.store.cart.update(cart.id, { email, shipping_address: addressIn(country), billing_address: addressIn(country) }));
  const { shipping_options } = await sdk.store.fulfillment.listCartOptions({ cart_id: cart.id });
  assert.ok(shipping_options.length > 0);
  ({ cart } = await sdk.store.cart.addShippingMethod(cart.id, { option_id: shipping_options[0].id }));
  return { cart, variant, region };
}

test("Medusa's SDK buys with manual payment", { timeout: 60_000 }, async () => {
  const email = newEmail();
  const { cart, variant, region } = await fillCart({ email, currency: "eur", country: "de", handle: "dipped-mug", quantity: 2 });
  assert.equal(variant.calculated_price.calculated_amount, 28);
  assert.equal(cart.total, 60.9);
  assert.equal(cart.items[0].quantity, 2);
  const { payment_providers } = await sdk.store.payment.listPaymentProviders({ region_id: region.id });
  assert.deepEqual(payment_providers.map(({ id }) => id).sort(), ["pp_stripe_stripe", "pp_system_default"]);
  await sdk.store.payment.initiatePaymentSession(cart, { provider_id: "pp_system_default" });
  const done = await sdk.store.cart.complete(cart.id);
  assert.equal(done.type, "order", JSON.stringify(done));
  assert.equal(done.order.total, 60.9);
  assert.equal(done.order.email, email);
  const { order } = await sdk.store.order.retrieve(done.order.id);
  assert.equal(order.id, done.order.id);
  assert.equal(order.items[0].quantity, 2);
  const placed = await shop.placedOrderOf(email);
  assert.equal(placed.total_minor, 6090);
  assert.equal(placed.channel, "store_api");
  assert.equal(shop.stock("MUG-DIP-SAGE").committed, 2);
  assert.match((await shop.mailTo(email)).text, new RegExp(String(placed.number)));
});

test("Medusa's SDK takes a promotion into the cart and out, and the order has it", { timeout: 60_000 }, async () => {
  const email = newEmail();
  let { cart } = await fillCart({ email, currency: "eur", country: "de", handle: "dipped-mug", quantity: 2 });
  ({ cart } = await sdk.store.cart.addPromotions(cart.id, { promo_codes: ["welcome10"] }));
  const [promotion] = cart.promotions;
  assert.deepEqual([promotion.code, promotion.is_automatic], ["WELCOME10", false]);
  assert.deepEqual([promotion.application_method.type, promotion.application_method.value], ["percentage", 10]);
  assert.deepEqual([cart.total, cart.original_total, cart.discount_total], [55.3, 60.9, 5.6]);
  const [adjustment] = cart.items[0].adjustments;
  assert.deepEqual([adjustment.code, adjustment.amount, adjustment.promotion_id], ["WELCOME10", 5.6, promotion.id]);
  assert.deepEqual([cart.items[0].total, cart.items[0].original_total, cart.items[0].discount_total], [50.4, 56, 5.6]);

  ({ cart } = await sdk.store.cart.removePromotions(cart.id, { promo_codes: ["WELCOME10"] }));
  assert.deepEqual([cart.total, cart.discount_total, cart.promotions.length], [60.9, 0, 0]);
  await assert.rejects(sdk.store.cart.addPromotions(cart.id, { promo_codes: ["NONE-SUCH"] }), /NONE-SUCH names no promotion/);
  ({ cart } = await sdk.store.cart.update(cart.id, { promo_codes: ["WELCOME10"] }));
  await sdk.store.payment.initiatePaymentSession(cart, { provider_id: "pp_system_default" });
  const { order } = await sdk.store.cart.complete(cart.id);
  assert.deepEqual([order.total, order.original_total, order.discount_total], [55.3, 60.9, 5.6]);
  assert.equal(order.items[0].adjustments[0].code, "WELCOME10");
  assert.equal((await shop.placedOrderOf(email)).total_minor, 5530);
});

test("Medusa's SDK buys with Stripe, whose own client confirms the payment", { timeout: 60_000 }, async () => {
  const email = newEmail();
  const { cart } = await fillCart({ email, currency: "usd", country: "us", handle: "tall-vase", quantity: 1 });
  const { payment_collection } = await sdk.store.payment.initiatePaymentSession(cart, { provider_id: "pp_stripe_stripe" });
  const [session] = payment_collection.payment_sessions;
  assert.equal(session.provider_id, "pp_stripe_stripe");
  const secret = session.data.client_secret;
  assert.match(secret, /^pi_.*_secret_/);
  assert.equal(shop.orderOf(email).status, "pending", "the order exists before money moves");

  const early = await sdk.store.cart.complete(cart.id);
  assert.equal(early.type, "cart", "unpaid, it is not completed");
  assert.ok(early.error.message);

  const intent = await stripe.paymentIntents.confirm(secret.split("_secret_")[0], { payment_method: "pm_card_visa", return_url: shop.url });
  assert.equal(intent.status, "succeeded");
  assert.equal(intent.amount, Math.round(cart.total * 100));
  const done = await sdk.store.cart.complete(cart.id);
  assert.equal(done.type, "order", JSON.stringify(done));
  const placed = await shop.placedOrderOf(email);
  assert.equal(placed.payment_status, "paid");
  assert.equal(placed.paid_minor, intent.amount);
});

test("A card that Stripe declines leaves the cart open, and another card pays it", { timeout: 60_000 }, async () => {
  const email = newEmail();
  const { cart } = await fillCart({ email, currency: "eur", country: "de", handle: "soap-bar", quantity: 1 });
  const { payment_collection } = await sdk.store.payment.initiatePaymentSession(cart, { provider_id: "pp_stripe_stripe" });
  const [intent] = payment_collection.payment_sessions[0].data.client_secret.split("_secret_");
  const declined = stripe.paymentIntents.confirm(intent, { payment_method: "pm_card_chargeDeclined", return_url: shop.url });
  await assert.rejects(declined, (error) => error.type === "StripeCardError" && error.code === "card_declined");
  assert.equal((await sdk.store.cart.complete(cart.id)).type, "cart");
  await stripe.paymentIntents.confirm(intent, { payment_method: "pm_card_visa", return_url: shop.url });
  assert.equal((await sdk.store.cart.complete(cart.id)).type, "order");
  await shop.placedOrderOf(email);
});

test("A refund is told by mail, on the order's page and to Medusa's SDK", { timeout: 90_000 }, async () => {
  const email = newEmail();
  const { cart } = await fillCart({ email, currency: "eur", country: "de", handle: "dipped-mug", quantity: 2 });
  const { payment_collection } = await sdk.store.payment.initiatePaymentSession(cart, { provider_id: "pp_stripe_stripe" });
  const [intent] = payment_collection.payment_sessions[0].data.client_secret.split("_secret_");
  await stripe.paymentIntents.confirm(intent, { payment_method: "pm_card_visa", return_url: shop.url });
  const done = await sdk.store.cart.complete(cart.id);
  assert.equal(done.type, "order", JSON.stringify(done));
  const { number, access_token } = await shop.placedOrderOf(email);
  const [{ variant_sku: sku }] = done.order.items;
  const refunded = shop.run("order", "refund", "--number", String(number), "--line", `${sku}=1`, "--reason", "arrived cracked");
  assert.equal(refunded.status, 0, refunded.errors);

  const mail = await eventually("the mail about the refund", async () => (await shop.mailsTo(email)).find(({ subject }) => /refund/i.test(subject)), { seconds: 40, every: 500 });
  assert.match(mail.text, /28\.00/);
  assert.match(mail.text, /arrived cracked/);
  const { order } = await sdk.store.order.retrieve(done.order.id);
  assert.equal(order.payment_status, "partially_refunded");
  const [payment] = order.payment_collections[0].payments;
  assert.equal(payment.refunded_amount, 28);
  assert.deepEqual(payment.refunds.map(({ amount, note }) => ({ amount, note })), [{ amount: 28, note: "arrived cracked" }]);
  assert.equal(order.summary.refunded_total, 28);
  assert.equal(order.summary.paid_total, 60.9);
  assert.equal(order.items[0].detail.written_off_quantity, 1);
  const page = await send(`${shop.url}/orders/${access_token}`);
  assert.match(page.text, /28\.00 was sent back to you/);
  assert.equal((await shop.mailsTo(email)).filter(({ subject }) => /refund/i.test(subject)).length, 1, "one mail");
});

test("Completing a cart twice gives the same order", { timeout: 60_000 }, async () => {
  const email = newEmail();
  const { cart } = await fillCart({ email, currency: "eur", country: "de", handle: "soap-dish", quantity: 1 });
  await sdk.store.payment.initiatePaymentSession(cart, { provider_id: "pp_system_default" });
  const [first, second] = [await sdk.store.cart.complete(cart.id), await sdk.store.cart.complete(cart.id)];
  assert.equal(second.type, "order");
  assert.equal(second.order.id, first.order.id);
  assert.equal(shop.orders(`c.email = '${email}'`).length, 1);
});

test("A line is taken out again", { timeout: 30_000 }, async () => {
  const { cart } = await fillCart({ email: newEmail(), currency: "eur", country: "de", handle: "soap-bar", quantity: 1 });
  await sdk.store.cart.deleteLineItem(cart.id, cart.items[0].id);
  const { cart: empty } = await sdk.store.cart.retrieve(cart.id);
  assert.equal(empty.items.length, 0);
  assert.equal(empty.item_total, 0);
});
