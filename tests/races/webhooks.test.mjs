// The provider's news, as badly delivered as news can be: each payment is booked once.

import assert from "node:assert/strict";
import { createHmac } from "node:crypto";
import { after, afterEach, test } from "node:test";
import { send } from "../support/http.mjs";
import { eventually, openShop } from "../support/shop.mjs";
import { StoreApi, inParallel } from "../support/store_api.mjs";

const shop = await openShop();
after(() => shop.close());
afterEach(() => shop.simulateNothing());
const api = new StoreApi(shop);

// Orders that wait for their payment, by e-mail.
async function openOrders(count, label) {
  const emails = Array.from({ length: count }, (_, index) => `${label}-${index}@example.com`);
  await inParallel(emails, 8, async (email) => {
    const cart = await api.readyCart({ sku: "SOAP-ROSE", email });
    const opened = await api.openPayment(cart.id, "pp_stripe_stripe");
    assert.equal(opened.status, 200, opened.text);
  });
  return shop.rows(`SELECT c.email, p.provider_payment_id AS intent FROM orders.order_contacts c JOIN payments.payments p ON p.payable_id = c.order_id
                     WHERE c.email LIKE '${label}-%'`);
}

async function confirm(intent, card = "pm_card_visa") {
  const answer = await send(`${shop.payments}/v1/payment_intents/${intent}/confirm`, {
    form: { payment_method: card, return_url: shop.url }, headers: { authorization: "Bearer sk_test_simulator" },
  });
  assert.equal(answer.status, 200, answer.text);
}

async function allPlacedOnce(label, count, seconds = 30) {
  await eventually(`${count} orders are placed`, () => shop.orders(`c.email LIKE '${label}-%' AND o.status = 'placed'`).length === count, { seconds, every: 200 });
  for (const order of shop.orders(`c.email LIKE '${label}-%'`)) assert.equal(order.paid_minor, order.total_minor);
  const captures = shop.rows(`SELECT count(*)::int AS n FROM payments.payment_transactions t JOIN payments.payments p ON p.id = t.payment_id
    JOIN orders.order_contacts c ON c.order_id = p.payable_id WHERE c.email LIKE '${label}-%' AND t.kind = 'capture'`);
  assert.equal(captures[0].n, count, "each payment is captured once in the books");
}

const mailCount = async (label) => (await shop.mailsTo(`${label}-`)).length;

test("Webhooks that come ten times are acted on once (hardening 91)", { timeout: 60_000 }, async () => {
  const orders = await openOrders(4, "twice");
  for (let time = 0; time < 9; ++time) await shop.simulate({ kind: "duplicate", count: -1 });
  await inParallel(orders, 4, ({ intent }) => confirm(intent));
  await allPlacedOnce("twice", 4);
  await eventually("the mails are written", async () => (await mailCount("twice")) >= 4);
  assert.equal(await mailCount("twice"), 4, "one mail each");
});

test("Webhooks out of order end in the same place (hardening 92)", { timeout: 60_000 }, async () => {
  const orders = await openOrders(6, "shuffled");
  await shop.simulate({ kind: "shuffle", count: -1 });
  await inParallel(orders, 6, ({ intent }) => confirm(intent));
  await allPlacedOnce("shuffled", 6);
});

test("A forged webhook is refused and changes nothing (hardening 90)", { timeout: 60_000 }, async () => {
  const [{ email, intent }] = await openOrders(1, "forged");
  const object = { id: intent, object: "payment_intent", amount: 1240, amount_received: 1240, currency: "eur", status: "succeeded", metadata: {} };
  const body = JSON.stringify({ id: "evt_forged", object: "event", type: "payment_intent.succeeded", created: 1, livemode: false, data: { object } });
  const now = Math.floor(Date.now() / 1000);
  const signed = (secret, time) => `t=${time},v1=${createHmac("sha256", secret).update(`${time}.${body}`).digest("hex")}`;
  const signatures = { "another secret": signed("whsec_other", now), "an old time": signed("whsec_simulator", now - 3_600), "none": undefined, "nonsense": "x", "no time": "v1=00" };
  for (const [what, signature] of Object.entries(signatures)) {
    const headers = { "content-type": "application/json", ...(signature && { "stripe-signature": signature }) };
    assert.equal((await send(`${shop.url}/webhooks/stripe`, { body, headers })).status, 400, what);
  }
  assert.equal(shop.rows("SELECT 1 FROM platform.inbox_events WHERE event_id = 'evt_forged'").length, 0);

  // Well signed, but untrue: the provider is asked, not believed.
  const lie = await send(`${shop.url}/webhooks/stripe`, { body, headers: { "content-type": "application/json", "stripe-signature": signed("whsec_simulator", now) } });
  assert.equal(lie.status, 200);
  await eventually("the event is worked off", () => shop.rows("SELECT 1 FROM platform.inbox_events WHERE processed_at IS NULL").length === 0);
  assert.equal(shop.orderOf(email).status, "pending");

  await shop.simulate({ kind: "forge", count: -1 });
  await confirm(intent);
  await allPlacedOnce("forged", 1);
  assert.equal((await shop.simulatorState()).webhooks.forged_accepted, 0, "the simulator's forgeries were refused");
});

test("A declined payment's webhook leaves the order waiting", { timeout: 60_000 }, async () => {
  const [{ email, intent }] = await openOrders(1, "declined");
  const answer = await send(`${shop.payments}/v1/payment_intents/${intent}/confirm`, {
    form: { payment_method: "pm_card_chargeDeclined", return_url: shop.url }, headers: { authorization: "Bearer sk_test_simulator" },
  });
  assert.equal(answer.status, 402);
  await eventually("the news is worked off", () => shop.rows("SELECT 1 FROM platform.inbox_events WHERE processed_at IS NULL").length === 0);
  assert.equal(shop.orderOf(email).status, "pending");
});

test("Webhooks that never come are made up for by asking the provider", { timeout: 120_000 }, async () => {
  const orders = await openOrders(3, "lost");
  await shop.simulate({ kind: "lose", count: -1 });
  await inParallel(orders, 3, ({ intent }) => confirm(intent));
  // The poller asks about payments older than a minute; the test brings that forward.
  shop.execute("UPDATE payments.payments SET next_poll_at = now() WHERE next_poll_at IS NOT NULL");
  await allPlacedOnce("lost", 3, 60);
});

test("An order that nobody paid expires, its payment is closed at the provider, and its units are free again (hardening 80)", { timeout: 60_000 }, async () => {
  const before = shop.stock("SOAP-ROSE").committed;
  const [{ email, intent }] = await openOrders(1, "expired");
  assert.equal(shop.stock("SOAP-ROSE").committed, before + 1);
  shop.execute(`UPDATE orders.orders SET expires_at = now() - interval '1 second' WHERE id = (SELECT order_id FROM orders.order_contacts WHERE email = '${email}')`);
  await eventually("the order is expired", () => shop.orderOf(email).status === "expired", { seconds: 30 });
  assert.equal(shop.stock("SOAP-ROSE").committed, before);
  const payment = (await shop.simulatorState()).payments.find(({ id }) => id === intent);
  assert.equal(payment.status, "canceled");
});

test("An order that was paid while it expired is placed, not lost (hardening 82, hardening 83)", { timeout: 60_000 }, async () => {
  const [{ email, intent }] = await openOrders(1, "late");
  await shop.simulate({ kind: "lose", count: -1 });
  await confirm(intent);
  shop.execute(`UPDATE orders.orders SET expires_at = now() - interval '1 second' WHERE id = (SELECT order_id FROM orders.order_contacts WHERE email = '${email}')`);
  await allPlacedOnce("late", 1);
});
