// Money whose news were all lost, money that belongs to no order, and counters that somebody broke: osier reconcile and
// osier verify --repair bring the books in order again, beside the running shop.

import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { after, test } from "node:test";
import { send } from "../support/http.mjs";
import { eventually, openShop } from "../support/shop.mjs";
import { StoreApi, inParallel } from "../support/store_api.mjs";

const shop = await openShop();
after(() => shop.close());
const api = new StoreApi(shop);

async function stripe(path, form) {
  const answer = await send(`${shop.payments}/v1/${path}`, { form, headers: { authorization: "Bearer sk_test_simulator" } });
  assert.equal(answer.status, 200, answer.text);
  return JSON.parse(answer.text);
}

// Orders that wait for their payment, of which nobody will tell us.
async function openOrdersInSilence(count) {
  await inParallel(Array.from({ length: count }, (_, index) => `silent-${index}@example.com`), 2, async (email) => {
    const cart = await api.readyCart({ sku: "SOAP-ROSE", email });
    const opened = await api.openPayment(cart.id, "pp_stripe_stripe");
    assert.equal(opened.status, 200, opened.text);
  });
  await shop.simulate({ kind: "lose", count: -1 });
  shop.execute("UPDATE payments.payments SET next_poll_at = NULL");
  const intents = shop.rows("SELECT provider_payment_id AS id FROM payments.payments").map((row) => row.id);
  assert.equal(intents.length, count);
  return intents;
}

const confirmation = () => ({ payment_method: "pm_card_visa", return_url: shop.url });

// Paid at the provider, with the metadata of some shop and no order of ours.
async function paidWithoutOrder(shopId) {
  const { id } = await stripe("payment_intents", {
    amount: "4200", currency: "eur", confirm: "true", "automatic_payment_methods[enabled]": "true", ...confirmation(),
    "metadata[payment_id]": randomUUID(), "metadata[order_id]": randomUUID(), "metadata[shop_id]": shopId,
  });
  return id;
}

const refundedOf = async (intent) => (await stripe(`payment_intents/${intent}?expand[]=latest_charge`)).latest_charge.amount_refunded;
const countOrders = (status) => shop.orders(`o.status = '${status}'`).length;

test("hardening 93: with all webhooks lost and the poller's memory gone, reconciling gives the money its home", { timeout: 120_000 }, async () => {
  const intents = await openOrdersInSilence(3);
  await inParallel(intents, 3, (intent) => stripe(`payment_intents/${intent}/confirm`, confirmation()));
  const { shop_id: shopId } = shop.row("SELECT shop_id FROM payments.shop_identity");
  const orphan = await paidWithoutOrder(shopId);
  const foreign = await paidWithoutOrder(randomUUID());

  const planned = shop.run("reconcile", "--dry-run", "--undo");
  assert.equal(planned.status, 0, planned.errors);
  assert.match(planned.output, new RegExp(`would undo ${orphan}`));
  assert.equal(countOrders("pending"), 3, "a dry run changes nothing");
  assert.equal(await refundedOf(orphan), 0);

  const booked = shop.run("reconcile");
  assert.equal(booked.status, 1, booked.output + booked.errors);
  assert.match(booked.output, new RegExp(`^money_without_order ${orphan}`, "m"));
  assert.equal(await refundedOf(orphan), 0, "a plain run sends nothing back that our books do not know");
  assert.equal(countOrders("placed"), 3, "each payment has placed its order");
  const done = shop.run("reconcile", "--undo");
  assert.equal(done.status, 0, done.output + done.errors);
  for (const order of shop.orders()) assert.equal(order.paid_minor, order.total_minor);
  assert.equal(await refundedOf(orphan), 4200, "money without an order went back");
  assert.equal(await refundedOf(foreign), 0, "another shop's money stays where it is");
  assert.equal(shop.rows("SELECT 1 FROM audit.entries WHERE action = 'provider_payment.undo_decided'").length, 1);

  await stripe("refunds", { payment_intent: intents[0], amount: "100" });
  assert.equal(shop.run("reconcile", "--since", "90m").status, 0);
  assert.equal(shop.orders("o.paid_minor = o.total_minor - 100").length, 1, "a refund made by hand at the provider is booked");

  const again = shop.run("reconcile");
  assert.deepEqual(again, { status: 0, output: "", errors: "" }, "a repeat has nothing to do");
});

test("What is captured here and unknown at the provider waits for staff, and says so", { timeout: 60_000 }, async () => {
  shop.execute("UPDATE payments.payments SET provider_payment_id = 'pi_unknown' || id WHERE id = (SELECT id FROM payments.payments LIMIT 1)");
  const found = shop.run("reconcile");
  assert.equal(found.status, 1);
  assert.match(found.output, /^captured_unknown_at_provider /m);
  assert.match(found.output, /^money_without_order pi_/m);
  assert.match((await send(`${shop.ops}/metrics`)).text, /^osier_reconciliation_findings_open 2$/m);
  shop.execute("UPDATE payments.payments SET provider_payment_id = (SELECT provider_reference FROM payments.payment_transactions t WHERE t.payment_id = payments.id AND kind = 'authorization') WHERE provider_payment_id LIKE 'pi_unknown%'");
  assert.equal(shop.run("reconcile").status, 0);
  assert.match((await send(`${shop.ops}/metrics`)).text, /^osier_reconciliation_findings_open 0$/m);
});

// A schedule that is due runs when a process starts.
async function checkAtOnce() {
  shop.execute("UPDATE platform.schedules SET next_run_at = clock_timestamp() WHERE name = 'app.verify'");
  assert.equal(await shop.stop(), 0);
  await shop.startOsier();
}

test("A counter that was broken is found, told at /metrics and mended", { timeout: 120_000 }, async () => {
  shop.execute("UPDATE inventory.stock_levels SET committed = committed + 1 WHERE on_hand > 5");
  shop.execute("UPDATE orders.orders SET paid_minor = paid_minor + 7 WHERE status = 'placed'");
  const lines = shop.verify().output.trim().split("\n").length;
  const planned = shop.run("verify", "--repair", "--dry-run");
  assert.equal(planned.status, 1, "what is planned is not done");
  assert.match(planned.output, /^would repair stock_level /m);
  assert.match(planned.output, /^would repair order .*paid_minor/m);
  assert.equal(shop.verify().output.trim().split("\n").length, lines, "a dry run changes nothing");

  await checkAtOnce();
  await eventually("the violations are told", async () => /^osier_invariant_violations\{invariant="orders.paid_is_captured_minus_refunded"\} 3$/m.test((await send(`${shop.ops}/metrics`)).text));
  assert.match(shop.log(), /an invariant is violated/);

  const done = shop.run("verify", "--repair");
  assert.equal(done.status, 0, done.output + done.errors);
  assert.deepEqual(shop.verify(), { status: 0, output: "" });
  const entries = shop.rows("SELECT * FROM audit.entries WHERE action LIKE '%.repaired'");
  assert.equal(entries.length, done.output.trim().split("\n").length, "an audit entry for each repair");
  await checkAtOnce();
  await eventually("nothing is told any more", async () => !/^osier_invariant_violations\{[^}]*\} [1-9]/m.test((await send(`${shop.ops}/metrics`)).text));
});
