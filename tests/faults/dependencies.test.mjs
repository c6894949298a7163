// What osier depends on is slow, trickles, says nothing or hangs up: pages go on, a checkout is answered in time, and all comes back by
// itself. PostgreSQL has its turn alone; the payment provider and the mail server, which know nothing of each other, have theirs together.

import assert from "node:assert/strict";
import { join } from "node:path";
import { after, test } from "node:test";
import { chmodSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { seededFolder } from "../support/build.mjs";
import { send } from "../support/http.mjs";
import { PostgresServer } from "../support/postgres.mjs";
import { Shop, eventually } from "../support/shop.mjs";
import { SmtpSink } from "../support/smtp_sink.mjs";
import { StoreApi } from "../support/store_api.mjs";
import { DatabaseProxy, TcpProxy } from "../support/tcp_proxy.mjs";
import { assertClean, audit, hasten } from "./books.mjs";

const folder = await seededFolder();
chmodSync(folder, 0o711);
const server = new PostgresServer(join(folder, "postgres"), { settings: { fsync: "off" } });
const sink = await SmtpSink.open();
const shop = new Shop(folder, {}, { straight: server.connection });
const proxies = {};
after(async () => {
  if (shop.osier) await shop.kill();
  await server.kill();
  for (const proxy of Object.values(proxies)) proxy.close();
  sink.close();
  await shop.abandon();
});

await server.start();
proxies.database = await DatabaseProxy.before(server.folder);
proxies.mail = await TcpProxy.before({ port: sink.port });
await shop.reservePorts();
proxies.provider = await TcpProxy.before({ port: shop.simulatorPort });
Object.assign(shop.env, {
  OSIER_DATABASE_URL: `${proxies.database.connection} sslmode=disable gssencmode=disable`,
  OSIER_STRIPE_API_BASE: `http://127.0.0.1:${proxies.provider.port}`,
  OSIER_SMTP_URL: `smtp://127.0.0.1:${proxies.mail.port}`,
});
await shop.startSimulator();
await shop.startOsier();
const api = new StoreApi(shop);
shop.setStock("SOAP-ROSE", 1_000_000);

const promised = { acknowledged: [], paid: [], refused: 0 };
let count = 0;

// How a proxy misbehaves, until comeBack().
const troubles = {
  delay: (proxy) => proxy.delayBy(300),
  trickle: (proxy) => proxy.trickle(4_000),
  silence: (proxy) => proxy.goSilent(),
  reset: (proxy) => {
    const timer = setInterval(() => proxy.reset(), 5);
    proxy.whenBack = () => clearInterval(timer);
  },
};

async function assertBrowses() {
  for (const path of ["/", "/c/tableware", "/p/dipped-mug", "/search?q=mug", "/store/products"]) {
    const began = Date.now();
    assert.equal((await send(shop.url + path)).status, 200, path);
    assert.ok(Date.now() - began < 1_000, `${path} took ${Date.now() - began} ms`);
  }
}

// Everything a buyer does, as far as it goes: {status, milliseconds} of the slowest step.
async function tryToBuy(provider) {
  const email = `trouble-${++count}@example.com`;
  let slowest = 0;
  const step = async (request) => {
    const began = Date.now();
    const answer = await request;
    slowest = Math.max(slowest, Date.now() - began);
    return answer;
  };
  const variant_id = `variant_${(api.variants ??= {})["SOAP-ROSE"] ??= shop.variant("SOAP-ROSE")}`;
  const region_id = (api.knownRegion ??= await api.region()).id;
  const { shipping_address, option } = api;
  let answer = await step(api.post("/carts", { region_id, email, shipping_address, items: [{ variant_id, quantity: 1 }] }));
  if (answer.status !== 200) return { status: answer.status, slowest, answer };
  const { id } = answer.json.cart;
  answer = await step(api.post(`/carts/${id}/shipping-methods`, { option_id: option.id }));
  if (answer.status === 200) answer = await step(api.openPayment(id, provider));
  if (answer.status !== 200) return { status: answer.status, slowest, answer };
  if (provider === "pp_stripe_stripe") {
    const intent = answer.json.payment_collection.payment_sessions[0].data.client_secret.split("_secret_")[0];
    const paid = await send(`${shop.payments}/v1/payment_intents/${intent}/confirm`,
      { form: { payment_method: "pm_card_visa", return_url: shop.url }, headers: { authorization: "Bearer sk_test_simulator" } });
    promised.paid.push({ email, intent, amount: paid.json.amount_received });
  }
  answer = await step(api.complete(id));
  if (answer.status === 200 && answer.json.type === "order") promised.acknowledged.push({ email, id: answer.json.order.id, total: answer.json.order.total });
  return { status: answer.status, slowest, answer };
}

const deadline = 30_000;

async function suffer(names, trouble) {
  const troubled = names.map((name) => proxies[name]);
  for (const proxy of troubled) troubles[trouble](proxy);
  const outcomes = [];
  try {
    await Promise.all([assertBrowses(), ...["pp_system_default", "pp_stripe_stripe", "pp_stripe_stripe"].map(async (provider) => outcomes.push(await tryToBuy(provider)))]);
    await assertBrowses();
  } finally {
    for (const proxy of troubled) {
      proxy.comeBack();
      proxy.whenBack?.();
      proxy.whenBack = undefined;
    }
  }
  const slowest = Math.max(...outcomes.map((each) => each.slowest));
  for (const { status, answer } of outcomes) assert.ok([200, 503].includes(status), `${status} ${answer.text.slice(0, 300)}`);
  assert.ok(slowest < deadline, `a step was answered after ${slowest} ms`);
  const began = Date.now();
  await eventually("the shop sells again, by card too", async () => {
    const answers = await Promise.all([tryToBuy("pp_system_default"), tryToBuy("pp_stripe_stripe")]);
    return answers.every(({ status, answer }) => status === 200 && answer.json.type === "order");
  }, { seconds: 30, every: 250 });
  console.log(`      ${names.join(" and ")}, ${trouble}: answers ${outcomes.map(({ status }) => status).join(" ")}, slowest step ${slowest} ms, sells ${Date.now() - began} ms after`);
}

api.shipping_address = { first_name: "Ada", last_name: "Lindner", address_1: "Torstraße 12", city: "Berlin", postal_code: "10119", country_code: "de" };
{
  const cart = await api.readyCart({ sku: "SOAP-ROSE", email: "first@example.com" });
  api.option = (await api.get(`/shipping-options?cart_id=${cart.id}`)).json.shipping_options[0];
}

// The slow ones take minutes and are walked by `./dev torture`.
const isThorough = process.env.OSIER_TEST_THOROUGH !== undefined;
const quick = { database: ["silence", "reset"], others: ["delay", "reset"] };

for (const trouble of Object.keys(troubles)) {
  const skip = (names) => !isThorough && !names.includes(trouble) && "slow";
  test(`PostgreSQL in trouble (${trouble}): pages go on, checkouts are answered in time (hardening 125)`, { timeout: 120_000, skip: skip(quick.database) }, () => suffer(["database"], trouble));
  test(`Provider and mail server in trouble (${trouble}): the same (hardening 102, hardening 115)`, { timeout: 120_000, skip: skip(quick.others) }, () => suffer(["provider", "mail"], trouble));
}

test("After all troubles the books are right and everybody has one mail", { timeout: 120_000 }, async () => {
  hasten(shop);
  const emails = promised.acknowledged.map(({ email }) => email);
  await eventually("everybody has a mail", () => {
    hasten(shop);
    return emails.every((email) => sink.to(email).length > 0);
  }, { seconds: 60, every: 1_000 });
  await sleep(200);
  // A repeat after a lost answer is the same mail: its id says so to the receiver's server.
  for (const email of emails) assert.equal(new Set(sink.to(email).map(({ messageId }) => messageId)).size, 1, email);
  const repeats = emails.reduce((sum, email) => sum + sink.to(email).length - 1, 0);
  assertClean("dependencies", { mails: sink.mails.length, repeats, ...(await audit(shop, promised)) });
});
