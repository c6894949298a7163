// Money back, asked for by many at once and answered badly by the provider: it goes back once, and never more than came.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { after, afterEach, test } from "node:test";
import { osier } from "../support/build.mjs";
import { send } from "../support/http.mjs";
import { eventually, openShop } from "../support/shop.mjs";
import { StoreApi } from "../support/store_api.mjs";

const shop = await openShop();
after(() => shop.close());
afterEach(async () => {
  await shop.simulateNothing();
  assert.deepEqual(shop.verify(), { status: 0, output: "" });
});
const api = new StoreApi(shop);

// A process of its own for each member of staff.
function order(action, number, ...words) {
  const child = spawn(osier, ["order", action, "--number", String(number), ...words], { env: shop.settings });
  let output = "";
  child.stdout.on("data", (text) => (output += text));
  child.stderr.on("data", (text) => (output += text));
  return new Promise((done) => child.on("close", (status) => done({ status, output })));
}

const refund = (number, ...words) => order("refund", number, "--reason", "broken on arrival", ...words);
const times = (count, work) => Promise.all(Array.from({ length: count }, (_, index) => work(index)));

async function paidOrder(email, quantity = 3) {
  const cart = await api.readyCart({ sku: "SOAP-ROSE", email, quantity });
  const opened = await api.openPayment(cart.id, "pp_stripe_stripe");
  const intent = opened.json.payment_collection.payment_sessions[0].data.client_secret.split("_secret_")[0];
  const paid = await send(`${shop.payments}/v1/payment_intents/${intent}/confirm`, {
    form: { payment_method: "pm_card_visa", return_url: shop.url }, headers: { authorization: "Bearer sk_test_simulator" },
  });
  assert.equal(paid.status, 200, paid.text);
  return { ...(await shop.placedOrderOf(email)), intent };
}

// What the provider has sent back of this payment.
async function sentBack(intent) {
  return (await shop.simulatorState()).payments.find(({ id }) => id === intent).amount_refunded;
}
async function refundsAtProvider(intent) {
  const answer = await send(`${shop.payments}/v1/refunds?payment_intent=${intent}&limit=100`, { headers: { authorization: "Bearer sk_test_simulator" } });
  return answer.json.data;
}
// The worker does not wait for its next round.
function nudge() {
  shop.execute("UPDATE payments.refunds SET next_attempt_at = now() WHERE status = 'created'; UPDATE platform.schedules SET next_run_at = now() WHERE name = 'orders.poll_payments'");
}
async function booked(email, status) {
  return eventually(`the order of ${email} is ${status}`, () => {
    nudge();
    const found = shop.orderOf(email);
    return found.payment_status === status && found;
  }, { seconds: 60, every: 500 });
}

test("20 full refunds of one order at once are one (hardening 75)", { timeout: 120_000 }, async () => {
  const before = shop.stock("SOAP-ROSE");
  const paid = await paidOrder("full@example.com");
  const answers = await times(20, (index) => refund(paid.number, "--all", ...(index % 2 ? ["--key", "double-click"] : [])));
  const obeyed = answers.filter(({ status }) => status === 0);
  assert.ok(obeyed.length === 1 || obeyed.length === 10, answers.map(({ output }) => output).join(""));
  for (const { status, output } of answers) assert.ok(status === 0 || /nothing to give back/.test(output), output);
  assert.equal(shop.rows(`SELECT 1 FROM orders.order_refunds WHERE order_id = '${paid.id}'`).length, 1);
  await booked("full@example.com", "refunded");
  assert.equal(await sentBack(paid.intent), paid.total_minor);
  assert.equal((await refundsAtProvider(paid.intent)).length, 1);
  assert.deepEqual(shop.stock("SOAP-ROSE"), before, "each unit is back once (hardening 88)");
});

test("Partial refunds at once never exceed what was paid (hardening 75)", { timeout: 120_000 }, async () => {
  const paid = await paidOrder("parts@example.com");
  const part = (paid.total_minor / 100 / 4).toFixed(2);  // Five and more of it are too much.
  const minor = Math.round(Number(part) * 100);
  const answers = await times(12, () => refund(paid.number, "--amount", part));
  const obeyed = answers.filter(({ status }) => status === 0).length;
  assert.equal(obeyed, Math.floor(paid.total_minor / minor), answers.map(({ output }) => output).join(""));
  await booked("parts@example.com", obeyed * minor === paid.total_minor ? "refunded" : "partially_refunded");
  await eventually("all of it has gone back", async () => (nudge(), (await sentBack(paid.intent)) === obeyed * minor), { seconds: 60, every: 500 });
  assert.ok(obeyed * minor <= paid.paid_minor);
});

test("Units taken out by many at once are put back once each (hardening 88)", { timeout: 120_000 }, async () => {
  const before = shop.stock("SOAP-ROSE");
  const paid = await paidOrder("units@example.com", 4);
  const answers = await times(12, (index) => refund(paid.number, "--line", "SOAP-ROSE=1", "--key", `unit-${index % 6}`));
  assert.equal(answers.filter(({ status }) => status === 0).length, 8, answers.map(({ output }) => output).join(""));
  assert.equal(shop.row(`SELECT canceled_quantity FROM orders.order_lines WHERE order_id = '${paid.id}'`).canceled_quantity, 4);
  assert.deepEqual(shop.stock("SOAP-ROSE"), before);
  await eventually("the money of four units has gone back", async () => (nudge(), (await refundsAtProvider(paid.intent)).length === 4), { seconds: 60, every: 500 });
});

test("Canceled and refunded at once, an order's money goes back once", { timeout: 120_000 }, async () => {
  const before = shop.stock("SOAP-ROSE");
  const paid = await paidOrder("both@example.com");
  await times(10, (index) => (index % 2 ? refund(paid.number, "--all") : order("cancel", paid.number, "--reason", "changed my mind")));
  await booked("both@example.com", "refunded");
  assert.equal(shop.orderOf("both@example.com").status, "canceled");
  assert.equal(await sentBack(paid.intent), paid.total_minor);
  assert.deepEqual(shop.stock("SOAP-ROSE"), before);
});

test("A provider that refunds and answers too late refunds once (hardening 94)", { timeout: 180_000 }, async () => {
  const paid = await paidOrder("late@example.com");
  await shop.simulate({ kind: "timeout_after_charge", match: "/v1/refunds", count: 1 });
  assert.equal((await refund(paid.number, "--all")).status, 0);
  await booked("late@example.com", "refunded");
  assert.equal((await refundsAtProvider(paid.intent)).length, 1);
  assert.equal(await sentBack(paid.intent), paid.total_minor);
});

test("A provider that fails while refunding refunds once in the end", { timeout: 180_000 }, async () => {
  const paid = await paidOrder("failing@example.com");
  await shop.simulate({ kind: "error_500", match: "/v1/refunds", count: 3 });
  await shop.simulate({ kind: "slow", match: "/v1/refunds", count: 3, delay_ms: 1_500 });
  assert.equal((await refund(paid.number, "--all")).status, 0);
  await booked("failing@example.com", "refunded");
  assert.equal((await refundsAtProvider(paid.intent)).length, 1);
});

test("A refund that fails later is taken back in the books, held for staff, and can be done again", { timeout: 180_000 }, async () => {
  const paid = await paidOrder("bounced@example.com");
  await shop.simulate({ kind: "refund_fails_later", match: "/v1/refunds", delay_ms: 2_500 });
  assert.equal((await order("cancel", paid.number, "--reason", "changed my mind")).status, 0);
  await booked("bounced@example.com", "refunded");
  await booked("bounced@example.com", "paid");
  const holds = () => shop.rows(`SELECT reason FROM orders.order_holds WHERE order_id = '${paid.id}' AND released_at IS NULL`);
  assert.deepEqual(holds(), [{ reason: "refund_failed" }]);
  assert.match((await order("show", paid.number)).output, /failed/);
  assert.deepEqual(shop.verify(), { status: 0, output: "" });

  assert.equal((await refund(paid.number, "--all")).status, 0);
  await booked("bounced@example.com", "refunded");
  assert.deepEqual(holds(), []);
  assert.equal(await sentBack(paid.intent), paid.total_minor);
});

test("Staff note a transfer and its refund; each reference counts once", { timeout: 120_000 }, async () => {
  const cart = await api.readyCart({ sku: "SOAP-SAGE", email: "transfer@example.com" });
  assert.equal((await api.buy(cart.id)).status, 200);
  const { number, total_minor } = await shop.placedOrderOf("transfer@example.com");
  const total = (total_minor / 100).toFixed(2);
  const captures = await times(8, (index) => order("capture", number, "--amount", total, "--reference", "bank-1", ...(index % 2 ? ["--key", "same"] : [])));
  assert.ok([1, 4].includes(captures.filter(({ status }) => status === 0).length), captures.map(({ output }) => output).join(""));
  assert.equal(shop.orderOf("transfer@example.com").payment_status, "paid");
  assert.equal((await refund(number, "--amount", "1.00")).status, 0);
  const sent = await times(8, (index) => order("refunded", number, "--reference", `out-${index}`));
  assert.equal(sent.filter(({ status }) => status === 0).length, 1, sent.map(({ output }) => output).join(""));
  const done = shop.orderOf("transfer@example.com");
  assert.equal(done.paid_minor, total_minor - 100);
  assert.equal(done.payment_status, "partially_refunded");
});

test("The command says what is wrong, and each has its help", { timeout: 60_000 }, async () => {
  const paid = await paidOrder("words@example.com", 1);
  const refused = [
    [["refund", 999_999, "--all", "--reason", "x"], 1, /no order with this number/],
    [["refund", paid.number, "--reason", "x"], 1, /nothing to give back/],
    [["refund", paid.number, "--all", "--amount", "1", "--reason", "x"], 1, /--all is everything/],
    [["refund", paid.number, "--amount", "1.234", "--reason", "x"], 1, /such as 12.34/],
    [["refund", paid.number, "--amount", "-1", "--reason", "x"], 1, /such as 12.34/],
    [["refund", paid.number, "--amount", "9999", "--reason", "x"], 1, /more than is left/],
    [["refund", paid.number, "--line", "SOAP-ROSE", "--reason", "x"], 1, /MUG=2/],
    [["refund", paid.number, "--line", "NOTHING=1", "--reason", "x"], 1, /no line of this SKU/],
    [["refund", paid.number, "--line", "SOAP-ROSE=2", "--reason", "x"], 1, /fewer such units/],
    [["refund", paid.number, "--all"], 2, /--reason is required/],
    [["capture", paid.number, "--amount", "1", "--reference", "x"], 1, /not paid by transfer/],
    [["refunded", paid.number, "--reference", "x"], 1, /waits to be carried out/],
  ];
  for (const [[action, number, ...words], status, message] of refused) {
    const answer = await order(action, number, ...words);
    assert.equal(answer.status, status, `${action} ${words.join(" ")}: ${answer.output}`);
    assert.match(answer.output, message);
  }
  for (const action of ["show", "refund", "cancel", "capture", "refunded"]) {
    const help = shop.run("order", action, "--help");
    assert.equal(help.status, 0);
    assert.match(help.output, /--number/);
  }
});
