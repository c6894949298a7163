// The payment simulator against Stripe's official client, and its hosted page by plain fetch.
//
//   node --test tests/simulator/simulator.test.mjs     PAYMENT_SIMULATOR names the binary
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { createServer } from 'node:http';
import { after, before, test } from 'node:test';
import Stripe from 'stripe';

const secretKey = 'sk_test_simulator_tests';
const webhookSecret = 'whsec_simulator_tests';
let simulator;
let base;
let stripe;
let shop;
const deliveries = [];
let answerWith = () => 200;

// The shop's side: keeps what arrives at its webhook.
async function startShop() {
  shop = createServer((request, response) => {
    let body = '';
    request.on('data', (chunk) => (body += chunk));
    request.on('end', () => {
      deliveries.push({ body, signature: request.headers['stripe-signature'], path: request.url });
      const status = answerWith(deliveries.at(-1));
      response.writeHead(status, status === 302 ? { location: '/elsewhere' } : {}).end();
    });
  });
  await new Promise((done) => shop.listen(0, '127.0.0.1', done));
  return `http://127.0.0.1:${shop.address().port}/webhooks/stripe`;
}

async function startSimulator(webhookUrl) {
  simulator = spawn(process.env.PAYMENT_SIMULATOR, [
    '--port', '0', '--webhook-url', webhookUrl, '--webhook-secret', webhookSecret, '--secret-key', secretKey,
  ], { stdio: ['ignore', 'pipe', 'inherit'] });
  const port = await new Promise((done, fail) => {
    simulator.stdout.on('data', (text) => {
      const found = /listening on http:\/\/127\.0\.0\.1:(\d+)/.exec(text);
      if (found) done(Number(found[1]));
    });
    simulator.on('exit', () => fail(new Error('the simulator ended')));
  });
  base = `http://127.0.0.1:${port}`;
  stripe = client();
}

function client(options = {}) {
  const { hostname, port } = new URL(base);
  return new Stripe(secretKey, { host: hostname, port, protocol: 'http', telemetry: false, maxNetworkRetries: 0, ...options });
}

before(async () => startSimulator(await startShop()));
after(async () => {
  simulator.kill();
  await new Promise((done) => simulator.on('exit', done));
  shop.closeAllConnections?.();
  shop.close();
});

async function until(condition, what) {
  for (let i = 0; i < 500; ++i) {
    const found = await condition();
    if (found) return found;
    await new Promise((done) => setTimeout(done, 10));
  }
  throw new Error(`waited in vain for ${what}`);
}

const events = (type, id) => deliveries
  .map(({ body }) => JSON.parse(body))
  .filter((event) => event.type === type && (!id || event.data.object.id === id));

const control = async (path, body, method = body ? 'POST' : 'GET') => {
  const response = await fetch(`${base}/_simulator/${path}`, { method, body: body && JSON.stringify(body) });
  assert.equal(response.status, 200);
  return response.json();
};

const sessionFor = (more = {}, options = {}) => stripe.checkout.sessions.create({
  mode: 'payment',
  success_url: 'http://shop.test/thanks?session={CHECKOUT_SESSION_ID}',
  cancel_url: 'http://shop.test/checkout',
  customer_email: 'ada@example.com',
  client_reference_id: 'order_7',
  metadata: { order_id: '7' },
  payment_intent_data: { metadata: { order_id: '7' } },
  line_items: [
    { quantity: 2, price_data: { currency: 'eur', unit_amount: 1250, product_data: { name: 'Mug <blue> & "white"' } } },
    { quantity: 1, price_data: { currency: 'eur', unit_amount: 490, product_data: { name: 'Delivery' } } },
  ],
  ...more,
}, options);

// Fills in the hosted page's form as a browser without scripts would.
const payWith = (session, cardNumber, more = {}) => fetch(`${base}/c/pay/${session.id}`, {
  method: 'POST',
  redirect: 'manual',
  body: new URLSearchParams({
    email: 'ada@example.com', cardNumber, cardExpiry: '12 / 34', cardCvc: '123', billingName: 'Ada Lovelace', ...more,
  }),
});

const refusalOf = async (promise) => {
  try {
    await promise;
  } catch (error) {
    return error;
  }
  throw new Error('expected a refusal');
};

test('a session is created, read, listed and expired', async () => {
  const session = await sessionFor({}, { idempotencyKey: `create-${Math.random()}` });
  assert.match(session.id, /^cs_test_/);
  assert.equal(session.status, 'open');
  assert.equal(session.payment_status, 'unpaid');
  assert.equal(session.amount_total, 2990);
  assert.equal(session.payment_intent, null);
  assert.equal(session.url, `${base}/c/pay/${session.id}`);
  assert.ok(session.lastResponse.requestId.startsWith('req_'));

  const read = await stripe.checkout.sessions.retrieve(session.id, { expand: ['line_items'] });
  assert.deepEqual(read.line_items.data.map((line) => line.amount_total), [2500, 490]);
  const items = await stripe.checkout.sessions.listLineItems(session.id);
  assert.equal(items.data.length, 2);
  const listed = await stripe.checkout.sessions.list({ limit: 1 });
  assert.equal(listed.data[0].id, session.id);

  const expired = await stripe.checkout.sessions.expire(session.id);
  assert.equal(expired.status, 'expired');
  assert.equal(expired.url, null);
  const again = await refusalOf(stripe.checkout.sessions.expire(session.id));
  assert.equal(again.statusCode, 400);
  assert.match(again.message, /status of `expired`/);
  await until(() => events('checkout.session.expired', session.id).length, 'the expired event');
  assert.equal((await fetch(`${base}/c/pay/${session.id}`)).status, 410);
});

test('what is wrong with a session is said by parameter', async () => {
  const now = Math.floor(Date.now() / 1000);
  const cases = [
    [{ mode: undefined }, 'mode', 'parameter_missing'],
    [{ success_url: '' }, 'success_url', 'parameter_invalid_empty'],
    [{ expires_at: now + 29 * 60 }, 'expires_at', undefined],
    [{ expires_at: now + 25 * 3600 }, 'expires_at', undefined],
    [{ colour: 'red' }, 'colour', 'parameter_unknown'],
    [{ line_items: [] }, 'line_items', 'parameter_missing'],
    [{ line_items: [{ quantity: 0, price_data: { currency: 'eur', unit_amount: 1, product_data: { name: 'x' } } }] },
      'line_items[0][quantity]', 'parameter_invalid_integer'],
    [{ line_items: [{ quantity: 1, price_data: { currency: 'eur', unit_amount: 49, product_data: { name: 'x' } } }] },
      'line_items', 'amount_too_small'],
  ];
  for (const [change, param, code] of cases) {
    const error = await refusalOf(sessionFor(change));
    assert.ok(error instanceof Stripe.errors.StripeInvalidRequestError, param);
    assert.equal(error.statusCode, 400);
    assert.equal(error.param, param);
    assert.equal(error.code, code);
  }
});

test('keys and versions are checked', async () => {
  const wrong = new Stripe('sk_test_wrong_wrong_wrong', { host: '127.0.0.1', port: new URL(base).port, protocol: 'http', maxNetworkRetries: 0 });
  const error = await refusalOf(wrong.refunds.list());
  assert.ok(error instanceof Stripe.errors.StripeAuthenticationError);
  const bad = await fetch(`${base}/v1/refunds`, { headers: { authorization: `Bearer ${secretKey}`, 'stripe-version': 'yesterday' } });
  assert.equal(bad.status, 400);
  const good = await fetch(`${base}/v1/refunds`, { headers: { authorization: `Bearer ${secretKey}`, 'stripe-version': '2025-03-31.basil' } });
  assert.equal(good.headers.get('stripe-version'), '2025-03-31.basil');
  const unknown = await refusalOf(stripe.paymentIntents.retrieve('pi_nothing'));
  assert.equal(unknown.code, 'resource_missing');
  assert.equal(unknown.statusCode, 404);
});

test('a card pays on the hosted page, and signed webhooks tell of it', async () => {
  const session = await sessionFor();
  const page = await (await fetch(session.url)).text();
  assert.match(page, /<html lang="en">/);
  assert.match(page, /Mug &lt;blue&gt; &amp; &quot;white&quot;/);
  assert.match(page, /€29\.90/);
  assert.match(page, /value="ada@example\.com"/);
  assert.match(page, /href="http:\/\/shop\.test\/checkout"/);
  assert.doesNotMatch(page, /<script/);

  const paid = await payWith(session, '4242 4242 4242 4242');
  assert.equal(paid.status, 303);
  assert.equal(paid.headers.get('location'), `http://shop.test/thanks?session=${session.id}`);

  const done = await stripe.checkout.sessions.retrieve(session.id, { expand: ['payment_intent.latest_charge.balance_transaction'] });
  assert.equal(done.status, 'complete');
  assert.equal(done.payment_status, 'paid');
  assert.equal(done.customer_details.name, 'Ada Lovelace');
  const intent = done.payment_intent;
  assert.equal(intent.status, 'succeeded');
  assert.equal(intent.amount_received, 2990);
  assert.equal(intent.metadata.order_id, '7');
  assert.equal(intent.latest_charge.payment_method_details.card.last4, '4242');
  assert.equal(intent.latest_charge.balance_transaction.amount, 2990);

  for (const [type, id] of [['checkout.session.completed', session.id], ['payment_intent.succeeded', intent.id],
    ['charge.succeeded', intent.latest_charge.id]]) {
    await until(() => events(type, id).length === 1, type);
  }
  for (const { body, signature, path } of deliveries) {
    assert.equal(path, '/webhooks/stripe');
    assert.equal(stripe.webhooks.constructEvent(body, signature, webhookSecret).object, 'event');
    assert.throws(() => stripe.webhooks.constructEvent(body, signature, 'whsec_other'));
  }
  const event = (await stripe.events.list({ type: 'checkout.session.completed', limit: 1 })).data[0];
  assert.equal(event.data.object.id, session.id);
  assert.equal((await stripe.events.retrieve(event.id)).id, event.id);

  const twice = await payWith(session, '4242424242424242');
  assert.equal(twice.status, 200);
  assert.match(await twice.text(), /complete/);
  const found = await stripe.paymentIntents.search({ query: 'metadata["order_id"]:"7" AND status:"succeeded"' });
  assert.ok(found.data.some(({ id }) => id === intent.id));
});

test('declined cards leave the session open for another', async () => {
  const session = await sessionFor({ locale: 'de' });
  const refused = [
    ['4000000000000002', /Ihre Karte wurde abgelehnt/],
    ['4000000000009995', /nicht ausreichend gedeckt/],
    ['4000000000000069', /abgelaufen/],
    ['4000000000000127', /Prüfziffer Ihrer Karte ist falsch/],
    ['4000000000000341', /abgelehnt/],
    ['4242424242424241', /Kartennummer ist falsch/],
  ];
  for (const [number, words] of refused) {
    const response = await payWith(session, number);
    assert.equal(response.status, 402, number);
    const page = await response.text();
    assert.match(page, /<html lang="de">/);
    assert.match(page, words);
    assert.match(page, /role="alert"/);
    assert.match(page, /29,90/);
  }
  assert.equal((await payWith(session, '4242424242424242', { cardExpiry: '01/20' })).status, 402);
  assert.equal((await payWith(session, '4242424242424242', { email: 'nonsense' })).status, 402);
  const open = await stripe.checkout.sessions.retrieve(session.id, { expand: ['payment_intent'] });
  assert.equal(open.status, 'open');
  assert.equal(open.payment_intent.status, 'requires_payment_method');
  assert.equal(open.payment_intent.last_payment_error.code, 'card_declined');
  await until(() => events('payment_intent.payment_failed', open.payment_intent.id).length === 5, 'five failures');
  assert.equal((await payWith(session, '4242424242424242')).status, 303);
});

test('3-D Secure asks, and may fail or succeed', async () => {
  for (const number of ['4000002500003155', '4000002760003184']) {
    const session = await sessionFor();
    const asked = await payWith(session, number);
    assert.equal(asked.status, 303);
    const challenge = base + asked.headers.get('location');
    assert.match(await (await fetch(challenge)).text(), /Complete authentication/);

    const answer = (outcome) => fetch(challenge, { method: 'POST', redirect: 'manual', body: new URLSearchParams({ outcome }) });
    const failed = await answer('fail');
    assert.equal(failed.headers.get('location'), `/c/pay/${session.id}?failed`);
    assert.match(await (await fetch(base + failed.headers.get('location'))).text(), /unable to authenticate/);

    await payWith(session, number);
    const passed = await answer('complete');
    assert.equal(passed.headers.get('location'), `http://shop.test/thanks?session=${session.id}`);
    assert.equal((await stripe.checkout.sessions.retrieve(session.id)).payment_status, 'paid');
  }
});

test('payment intents are created, confirmed, captured and canceled', async () => {
  const intent = await stripe.paymentIntents.create({ amount: 1999, currency: 'usd', metadata: { order_id: '9' } });
  assert.equal(intent.status, 'requires_payment_method');
  assert.ok(intent.client_secret.startsWith(`${intent.id}_secret_`));
  const changed = await stripe.paymentIntents.update(intent.id, { amount: 2099, metadata: { note: 'x' } });
  assert.deepEqual({ ...changed.metadata }, { order_id: '9', note: 'x' });
  const paid = await stripe.paymentIntents.confirm(intent.id, { payment_method: 'pm_card_visa' });
  assert.equal(paid.status, 'succeeded');
  assert.equal(paid.amount_received, 2099);
  const late = await refusalOf(stripe.paymentIntents.cancel(intent.id));
  assert.equal(late.code, 'payment_intent_unexpected_state');
  assert.equal(late.payment_intent.status, 'succeeded');

  const held = await stripe.paymentIntents.create({
    amount: 500, currency: 'eur', capture_method: 'manual', confirm: true, payment_method: 'pm_card_mastercard',
    automatic_payment_methods: { enabled: true, allow_redirects: 'never' },
  });
  assert.equal(held.status, 'requires_capture');
  assert.equal(held.amount_capturable, 500);
  const captured = await stripe.paymentIntents.capture(held.id, { amount_to_capture: 400 });
  assert.equal(captured.amount_received, 400);

  const dropped = await stripe.paymentIntents.create({ amount: 500, currency: 'eur' });
  assert.equal((await stripe.paymentIntents.cancel(dropped.id, { cancellation_reason: 'abandoned' })).status, 'canceled');
  assert.equal((await refusalOf(stripe.paymentIntents.create({ amount: 1, currency: 'eur' }))).code, 'amount_too_small');
});

test('test tokens decline and authenticate as documented', async () => {
  const confirm = (token) => stripe.paymentIntents.create({
    amount: 1000, currency: 'eur', confirm: true, payment_method: token, return_url: 'http://shop.test/back',
  });
  const declined = await refusalOf(confirm('pm_card_chargeDeclined'));
  assert.ok(declined instanceof Stripe.errors.StripeCardError);
  assert.equal(declined.statusCode, 402);
  assert.equal(declined.code, 'card_declined');
  assert.equal(declined.decline_code, 'generic_decline');
  assert.equal(declined.payment_intent.status, 'requires_payment_method');
  assert.equal((await refusalOf(confirm('pm_card_chargeDeclinedInsufficientFunds'))).decline_code, 'insufficient_funds');
  assert.equal((await refusalOf(confirm('pm_card_chargeDeclinedExpiredCard'))).code, 'expired_card');
  assert.equal((await refusalOf(confirm('pm_unknown'))).code, 'resource_missing');

  const secured = await confirm('pm_card_authenticationRequired');
  assert.equal(secured.status, 'requires_action');
  assert.equal(secured.next_action.type, 'redirect_to_url');
  const back = await fetch(secured.next_action.redirect_to_url.url, {
    method: 'POST', redirect: 'manual', body: new URLSearchParams({ outcome: 'complete' }),
  });
  assert.match(back.headers.get('location'), /^http:\/\/shop\.test\/back\?payment_intent=pi_.*redirect_status=succeeded$/);
  assert.equal((await stripe.paymentIntents.retrieve(secured.id)).status, 'succeeded');
});

test('a browser with the publishable key confirms its own intent only', async () => {
  const intent = await stripe.paymentIntents.create({ amount: 1000, currency: 'eur' });
  const ask = (path, params) => fetch(`${base}/v1/payment_intents/${path}`, {
    method: params ? 'POST' : 'GET', headers: { authorization: 'Bearer pk_test_simulator' },
    body: params && new URLSearchParams(params),
  });
  assert.equal((await ask(intent.id)).status, 404);
  assert.equal((await ask(`${intent.id}/confirm`, { payment_method: 'pm_card_visa' })).status, 404);
  assert.equal((await ask(`${intent.id}/confirm`, { payment_method: 'pm_card_visa', client_secret: intent.client_secret })).status, 200);
  assert.equal((await ask('', { amount: 100 })).status, 403);
});

test('an idempotency key brings the first answer again, errors too', async () => {
  const key = `key-${Math.random()}`;
  const first = await sessionFor({}, { idempotencyKey: key });
  const again = await sessionFor({}, { idempotencyKey: key });
  assert.equal(again.id, first.id);
  assert.equal(again.lastResponse.headers['idempotent-replayed'], 'true');
  const other = await refusalOf(sessionFor({ client_reference_id: 'another' }, { idempotencyKey: key }));
  assert.ok(other instanceof Stripe.errors.StripeIdempotencyError);
  assert.equal(other.statusCode, 400);

  const declineKey = `decline-${Math.random()}`;
  const tryToPay = () => refusalOf(stripe.paymentIntents.create(
    { amount: 1000, currency: 'eur', confirm: true, payment_method: 'pm_card_chargeDeclined' }, { idempotencyKey: declineKey }));
  assert.equal((await tryToPay()).payment_intent.id, (await tryToPay()).payment_intent.id);

  const freeKey = `free-${Math.random()}`;
  assert.equal((await refusalOf(sessionFor({ mode: undefined }, { idempotencyKey: freeKey }))).code, 'parameter_missing');
  assert.ok((await sessionFor({}, { idempotencyKey: freeKey })).id, 'a failed validation leaves the key free');
});

test('two calls with one key at once are a conflict', async () => {
  await control('faults', { kind: 'slow', delay_ms: 400, match: '/v1/checkout' });
  const key = `race-${Math.random()}`;
  const first = sessionFor({}, { idempotencyKey: key });
  await new Promise((done) => setTimeout(done, 150));
  const second = await refusalOf(sessionFor({}, { idempotencyKey: key }));
  assert.equal(second.statusCode, 409);
  assert.equal(second.code, 'idempotency_key_in_use');
  assert.ok((await first).id);
});

test('refunds stay within what was paid', async () => {
  const intent = await stripe.paymentIntents.create({ amount: 1000, currency: 'eur', confirm: true, payment_method: 'pm_card_visa' });
  const part = await stripe.refunds.create({ payment_intent: intent.id, amount: 300, reason: 'requested_by_customer' });
  assert.equal(part.status, 'succeeded');
  assert.match((await refusalOf(stripe.refunds.create({ payment_intent: intent.id, amount: 701 }))).message, /greater than unrefunded/);
  assert.equal((await stripe.refunds.create({ payment_intent: intent.id })).amount, 700);
  assert.equal((await refusalOf(stripe.refunds.create({ payment_intent: intent.id }))).code, 'charge_already_refunded');
  assert.equal((await stripe.refunds.list({ payment_intent: intent.id })).data.length, 2);
  const charge = await stripe.charges.retrieve(intent.latest_charge);
  assert.equal(charge.refunded, true);
  assert.equal(charge.amount_refunded, 1000);
  await until(() => events('charge.refunded', charge.id).length === 2, 'both refund events');
  const moved = await stripe.balanceTransactions.list({ type: 'refund', limit: 2 });
  assert.deepEqual(moved.data.map(({ amount }) => amount), [-700, -300]);
});

test('refunds fail on request, at once or later', async () => {
  const intent = await stripe.paymentIntents.create({ amount: 1000, currency: 'eur', confirm: true, payment_method: 'pm_card_visa' });
  await control('faults', { kind: 'refund_fails', match: '/v1/refunds' });
  assert.equal((await stripe.refunds.create({ payment_intent: intent.id })).status, 'failed');
  await control('faults', { kind: 'refund_fails_later', match: '/v1/refunds', delay_ms: 300 });
  const later = await stripe.refunds.create({ payment_intent: intent.id });
  assert.equal(later.status, 'succeeded');
  assert.equal((await stripe.charges.retrieve(intent.latest_charge)).amount_refunded, 1000);
  await until(async () => (await stripe.refunds.retrieve(later.id)).status === 'failed', 'the refund fails');
  assert.equal((await stripe.charges.retrieve(intent.latest_charge)).amount_refunded, 0);
  await until(() => events('refund.failed', later.id).length === 1, 'the news of it');
  assert.equal((await stripe.refunds.create({ payment_intent: intent.id })).status, 'succeeded', 'the money is there again');
});

test('lists go on page by page', async () => {
  const ids = [];
  for (let i = 0; i < 5; ++i) ids.push((await stripe.paymentIntents.create({ amount: 100 + i, currency: 'eur' })).id);
  const seen = [];
  for await (const intent of stripe.paymentIntents.list({ limit: 2 })) {
    seen.push(intent.id);
    if (seen.length === 5) break;
  }
  assert.deepEqual(seen, ids.reverse());
});

test('payments and refunds since a time are listed page by page, with their charges', async () => {
  const since = Math.floor(Date.now() / 1000) - 1;
  const paid = { currency: 'eur', confirm: true, payment_method: 'pm_card_visa' };
  const made = [];
  for (let i = 0; i < 3; ++i) made.push((await stripe.paymentIntents.create({ ...paid, amount: 900 + i, metadata: { shop_id: 'ours' } })).id);
  const refunds = [];
  for (const id of made) refunds.push((await stripe.refunds.create({ payment_intent: id, amount: 10 })).id);

  const listed = [];
  for await (const intent of stripe.paymentIntents.list({ created: { gte: since }, limit: 2, expand: ['data.latest_charge'] })) {
    if (made.includes(intent.id)) listed.push([intent.id, intent.latest_charge.amount_refunded, intent.metadata.shop_id]);
  }
  assert.deepEqual(listed, [...made].reverse().map((id) => [id, 10, 'ours']));
  const given = [];
  for await (const refund of stripe.refunds.list({ created: { gte: since }, limit: 2 })) given.push([refund.id, refund.payment_intent]);
  assert.deepEqual(given.slice(0, 3), refunds.map((id, i) => [id, made[i]]).reverse());
  assert.deepEqual((await stripe.refunds.list({ created: { gte: since + 3600 } })).data, []);
  assert.deepEqual((await stripe.paymentIntents.list({ created: { gte: since + 3600 } })).data, []);
});

test('webhook endpoints are signed with their own secret', async () => {
  const url = `http://127.0.0.1:${shop.address().port}/second`;
  const endpoint = await stripe.webhookEndpoints.create({ url, enabled_events: ['payment_intent.canceled'] });
  assert.match(endpoint.secret, /^whsec_/);
  const intent = await stripe.paymentIntents.create({ amount: 500, currency: 'eur' });
  await stripe.paymentIntents.cancel(intent.id);
  const arrived = await until(() => deliveries.find(({ path }) => path === '/second'), 'the second endpoint');
  assert.equal(stripe.webhooks.constructEvent(arrived.body, arrived.signature, endpoint.secret).type, 'payment_intent.canceled');
  assert.equal((await stripe.webhookEndpoints.list()).data[0].secret, undefined);
});

test('a webhook that is refused or redirected comes again', async () => {
  let refusals = 0;
  answerWith = ({ body, path }) => {
    const isMeant = path === '/webhooks/stripe' && JSON.parse(body).type === 'payment_intent.canceled';
    return isMeant && ++refusals <= 2 ? [500, 302][refusals - 1] : 200;
  };
  const intent = await stripe.paymentIntents.create({ amount: 500, currency: 'eur' });
  await stripe.paymentIntents.cancel(intent.id);
  const times = () => deliveries.filter(({ path, body }) => path === '/webhooks/stripe' && body.includes('payment_intent.canceled') && body.includes(intent.id)).length;
  await until(() => times() === 1, 'the first attempt');
  await until(() => times() === 2, 'the second attempt');
  await control('advance', { seconds: 10 });  // Or it comes by itself, two seconds later.
  await until(() => times() === 3, 'the third attempt');
  assert.ok(!deliveries.some(({ path }) => path === '/elsewhere'), 'redirects are not followed');
  answerWith = () => 200;
});

test('faults strike on request', async () => {
  await control('faults', { kind: 'error_500', match: '/v1/refunds' });
  const broken = await refusalOf(stripe.refunds.create({ charge: 'ch_x' }));
  assert.equal(broken.statusCode, 500);

  await control('faults', { kind: 'timeout_after_charge', delay_ms: 5000, match: '/v1/payment_intents' });
  const key = `timeout-${Math.random()}`;
  const params = { amount: 1000, currency: 'eur', confirm: true, payment_method: 'pm_card_visa' };
  const lost = await refusalOf(client({ timeout: 300 }).paymentIntents.create(params, { idempotencyKey: key }));
  assert.ok(lost instanceof Stripe.errors.StripeConnectionError);
  const again = await stripe.paymentIntents.create(params, { idempotencyKey: key });
  assert.equal(again.status, 'succeeded');
  assert.equal(again.lastResponse.headers['idempotent-replayed'], 'true', 'charged once');

  const cancelOne = async () => {
    const intent = await stripe.paymentIntents.create({ amount: 500, currency: 'eur' });
    await stripe.paymentIntents.cancel(intent.id);
    return intent.id;
  };
  const arrivals = (id) => deliveries.filter(({ path, body }) => path === '/webhooks/stripe' && body.includes('"payment_intent.canceled"') && body.includes(id));
  await control('faults', { kind: 'duplicate', match: 'payment_intent.canceled' });
  const doubled = await cancelOne();
  await until(() => arrivals(doubled).length === 2, 'the duplicate');

  await control('faults', { kind: 'lose', match: 'payment_intent.canceled' });
  const gone = await cancelOne();
  await control('faults', { kind: 'delay', delay_ms: 60000, match: 'payment_intent.canceled' });
  const delayed = await cancelOne();
  await control('faults', { kind: 'forge', match: 'payment_intent.canceled' });
  const forged = await cancelOne();
  await until(() => arrivals(forged).length === 2, 'the forgery and the true one');
  const wrong = arrivals(forged).filter(({ body, signature }) => {
    try {
      stripe.webhooks.constructEvent(body, signature, webhookSecret);
      return false;
    } catch {
      return true;
    }
  });
  assert.equal(wrong.length, 1);
  assert.equal(arrivals(gone).length, 0);
  assert.equal(arrivals(delayed).length, 0);
  await control('advance', { seconds: 61 });
  await until(() => arrivals(delayed).length === 1, 'the delayed event');
  const { webhooks } = await control('state');
  assert.equal(webhooks.lost, 1);
  assert.equal(webhooks.duplicated, 1);
  assert.equal(webhooks.forged, 1);
  await control('faults', undefined, 'DELETE');
});

test('time passes on request, and sessions expire', async () => {
  const { now } = await control('state');
  const session = await sessionFor({ expires_at: now + 30 * 60 + 5 });
  const paidLate = await payWith(session, '4000000000000002');
  assert.equal(paidLate.status, 402);
  await control('advance', { seconds: 31 * 60 });
  const gone = await stripe.checkout.sessions.retrieve(session.id, { expand: ['payment_intent'] });
  assert.equal(gone.status, 'expired');
  assert.equal(gone.payment_intent.status, 'canceled');
  await until(() => events('checkout.session.expired', session.id).length, 'the expired event');
  assert.equal((await payWith(session, '4242424242424242')).status, 410);
});

test('the books balance', async () => {
  const { sums, payments } = await control('state');
  for (const [currency, sum] of Object.entries(sums)) {
    const own = payments.filter((payment) => payment.currency === currency);
    const total = (field) => own.reduce((all, payment) => all + payment[field], 0);
    assert.equal(sum.captured, total('amount_received'));
    assert.equal(sum.refunded, total('amount_refunded'));
    assert.equal(sum.net, sum.captured - sum.refunded);
  }
});
