// Osier dies (kill -9) at every SQL statement of an operation: just before the n-th statement reaches the server, and just after the
// server has answered the n-th exchange and before osier hears it. n rises until the operation gets through.
//
// The proxy between osier and its database counts and kills. After each death osier starts again; the client asks again, workers take
// up what is left, and the books are looked through.

import { chmodSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { seededFolder } from "../support/build.mjs";
import { send } from "../support/http.mjs";
import { PostgresServer } from "../support/postgres.mjs";
import { Shop, eventually } from "../support/shop.mjs";
import { StoreApi } from "../support/store_api.mjs";
import { WireProxy, statementOfBind } from "../support/wire_proxy.mjs";
import { audit, hasten } from "./books.mjs";

// What goes on whether or not anybody does anything, and what every start does.
const isIdle = (name) => name === "" || /^(catalog\.|media\.|osier\.(settings|probe|is_reachable)|jobs\.(take_|schedule_|record_))/.test(name);

export class KillPointShop {
  static async open() {
    const points = new KillPointShop();
    try {
      await points.#open();
    } catch (error) {
      await points.close();
      throw error;
    }
    return points;
  }

  async #open() {
    const folder = await seededFolder();
    chmodSync(folder, 0o711);
    // Only osier dies here: the server need not survive anything.
    this.server = new PostgresServer(join(folder, "postgres"), { settings: { fsync: "off" } });
    await this.server.start();
    this.proxy = await WireProxy.before(this.server.folder);
    this.shop = new Shop(folder, { OSIER_DATABASE_URL: this.proxy.connection }, { straight: this.server.connection });
    await this.shop.start();
    this.api = new StoreApi(this.shop);
    this.shop.setStock("SOAP-ROSE", 1_000_000);
    this.promised = { acknowledged: [], paid: [], refused: 0 };
    this.deaths = 0;
    this.statements = new Map();  // Name to how many deaths came at it.
    this.count = 0;
  }

  newEmail(what) {
    return `${what}-${++this.count}@example.com`;
  }

  // From now on osier dies at the point: {before: n} statements or {after: n} exchanges, from 1.
  arm(point) {
    let statements = 0;
    let exchanges = 0;
    const die = (name) => {
      this.shop.osier.kill("SIGKILL");
      this.statements.set(name, (this.statements.get(name) ?? 0) + 1);
      ++this.deaths;
      return WireProxy.stop;
    };
    this.proxy.toServer = (type, bytes, session) => {
      if (type !== "B") return undefined;
      const name = statementOfBind(bytes);
      if (isIdle(name)) return undefined;
      session.last = name;
      return ++statements === point.before ? die(`before ${name}`) : undefined;
    };
    this.proxy.toOsier = (type, bytes, session) => {
      if (type !== "Z" || !session.last) return undefined;
      const name = session.last;
      session.last = undefined;
      return ++exchanges === point.after ? die(`after ${name}`) : undefined;
    };
  }
  disarm() {
    this.proxy.toServer = this.proxy.toOsier = () => {};
  }

  get isDead() {
    return this.shop.osier.exitCode !== null || this.shop.osier.signalCode !== null || this.proxy.isStopped;
  }

  async revive() {
    await this.shop.osier.ended;
    this.disarm();
    this.proxy.goOn();
    hasten(this.shop);
    await this.shop.startOsier();
  }

  // Walks one operation, in strides if not every point is wanted. `operation` has prepare() -> state, act(state), which ends when osier
  // dies or all is done, and settle(state), which does what client and workers do afterwards and checks the end.
  async walk(operation, { stride = 1, first = 1 } = {}) {
    for (const side of ["before", "after"]) {
      for (let at = first; ; at += stride) {
        const state = await operation.prepare(this);
        this.arm({ [side]: at });
        await operation.act(this, state);
        const wasKilled = this.isDead;
        if (wasKilled) await this.revive();
        this.disarm();
        await operation.settle(this, state);
        const verified = this.shop.verify();
        if (verified.output !== "") throw new Error(`${operation.name}, ${side} ${at}: ${verified.output}`);
        if (!wasKilled) break;
        if (at > 200) throw new Error(`${operation.name} never gets through`);
      }
    }
  }

  async figures() {
    return { deaths: this.deaths, points: this.statements.size, ...(await audit(this.shop, this.promised)) };
  }

  async close() {
    if (this.shop?.osier) await this.shop.kill();
    await this.server?.kill();
    this.proxy?.close();
    await this.shop?.abandon();
  }
}

const key = (email) => ({ "idempotency-key": `key-of-${email}` });

// --- The operations.

async function readyCart(points, what) {
  const email = points.newEmail(what);
  const cart = await points.api.readyCart({ sku: "SOAP-ROSE", email });
  const { payment_collection } = (await points.api.post("/payment-collections", { cart_id: cart.id })).json;
  return { email, cart: cart.id, collection: payment_collection.id, committed: points.shop.stock("SOAP-ROSE").committed };
}

const place = (points, { collection, email }, provider) =>
  send(`${points.shop.url}/store/payment-collections/${collection}/payment-sessions`, { json: { provider_id: provider }, headers: key(email), timeout: 15_000 });

// The answer, or nothing if there is none any more.
const orNothing = (answer) => answer.catch(() => undefined);

const intentOf = (answer) => answer.json.payment_collection.payment_sessions[0].data.client_secret.split("_secret_")[0];

async function pay(points, state) {
  const answer = await send(`${points.shop.payments}/v1/payment_intents/${state.intent}/confirm`, {
    form: { payment_method: "pm_card_visa", return_url: points.shop.url }, headers: { authorization: "Bearer sk_test_simulator" },
  });
  if (answer.status !== 200) throw new Error(answer.text);
  points.promised.paid.push({ email: state.email, intent: state.intent, amount: answer.json.amount_received });
}

async function pendingOrder(points, what) {
  const state = await readyCart(points, what);
  const answer = await place(points, state, "pp_stripe_stripe");
  state.intent = intentOf(answer);
  return state;
}

// Until osier is dead, or the work is done and has been for a moment.
async function untilDeadOr(points, isDone) {
  await eventually("osier is dead or has done it", () => points.isDead || isDone(), { seconds: 30, every: 20 });
  await sleep(30);
}

// One order of the shopper, and how it stands in the end.
async function assertOneOrder(points, { email }, status) {
  const order = await eventually(`${email} has one order, ${status}`, () => {
    const orders = points.shop.orders(`c.email = '${email}'`);
    if (orders.length > 1) throw new Error(`${email} has ${orders.length} orders`);
    return orders[0]?.status === status ? orders[0] : undefined;
  }, { seconds: 30, every: 100 });
  return order;
}

// The same of what a sweep does: one that died holds its lease for minutes, which pass faster here.
function assertSwept(what, points, isDone) {
  return eventually(what, () => {
    if (isDone()) return true;
    hasten(points.shop);
    return false;
  }, { seconds: 60, every: 1_000 });
}

const placing = {
  name: "place",
  prepare: (points) => readyCart(points, "place"),
  act: async (points, state) => {
    const answer = await orNothing(place(points, state, "pp_stripe_stripe"));
    if (answer?.status === 200) state.intent = intentOf(answer);
  },
  // The client asks again under its key, and gets the one order there is.
  settle: async (points, state) => {
    const answers = [await place(points, state, "pp_stripe_stripe"), await place(points, state, "pp_stripe_stripe")];
    for (const answer of answers) if (answer.status !== 200) throw new Error(`${answer.status} ${answer.text}`);
    const intents = new Set(answers.map(intentOf));
    if (state.intent) intents.add(state.intent);
    if (intents.size !== 1) throw new Error(`the client was given several payments: ${[...intents]}`);
    await assertOneOrder(points, state, "pending");
    const { committed } = points.shop.stock("SOAP-ROSE");
    if (committed !== state.committed + 1) throw new Error(`${committed - state.committed} units are held, not one`);
  },
};

async function acknowledge(points, state) {
  const answer = await eventually("the client is told that it has an order", async () => {
    const answer = await points.api.complete(state.cart);
    return answer.status === 200 && answer.json.type === "order" ? answer : undefined;
  });
  points.promised.acknowledged.push({ email: state.email, id: answer.json.order.id, total: answer.json.order.total });
}

const confirmingByReturn = {
  name: "confirm by the client's return",
  prepare: async (points) => {
    const state = await pendingOrder(points, "return");
    await points.shop.simulate({ kind: "lose", count: -1 });
    await pay(points, state);
    await points.shop.simulateNothing();
    return state;
  },
  act: (points, state) => orNothing(points.api.complete(state.cart)),
  settle: async (points, state) => {
    await acknowledge(points, state);
    await assertOneOrder(points, state, "placed");
  },
};

const isToldToAll = (points) => points.shop.rows("SELECT 1 FROM platform.outbox_events WHERE delivered_at IS NULL").length === 0;

const confirmingByWebhook = {
  name: "confirm by webhook",
  prepare: (points) => pendingOrder(points, "webhook"),
  act: async (points, state) => {
    await pay(points, state);
    await untilDeadOr(points, () => points.shop.orderOf(state.email).status === "placed" && isToldToAll(points));
  },
  settle: async (points, state) => {
    hasten(points.shop);
    await assertOneOrder(points, state, "placed");
    await acknowledge(points, state);
    await eventually("listeners have heard of it", () => isToldToAll(points), { seconds: 30 });
    const mails = (await points.shop.mailsTo(state.email)).length;
    if (mails !== 1) throw new Error(`${state.email} got ${mails} mails`);
  },
};

// Work that a sweep does is started by a start, which looks at once whether a sweep is due.
async function startToSweep(points) {
  await points.shop.kill();
  hasten(points.shop);
}

const expiring = {
  name: "expire",
  prepare: async (points) => {
    const state = await pendingOrder(points, "expire");
    await startToSweep(points);
    points.shop.execute(`UPDATE orders.orders SET expires_at = now() - interval '1 second' WHERE id = (SELECT order_id FROM orders.order_contacts WHERE email = '${state.email}')`);
    return state;
  },
  act: async (points, state) => {
    await orNothing(points.shop.startOsier());
    await untilDeadOr(points, () => points.shop.orderOf(state.email).status === "expired");
  },
  settle: async (points, state) => {
    await assertSwept("the order is expired", points, () => points.shop.orderOf(state.email).status === "expired");
    await assertOneOrder(points, state, "expired");
    if (points.shop.stock("SOAP-ROSE").committed !== state.committed) throw new Error("its unit is still held");
    const { payments } = await points.shop.simulatorState();
    if (payments.find(({ id }) => id === state.intent).status !== "canceled") throw new Error("it can still be paid");
  },
};

// A refund that staff have decided is carried out.
const refunding = {
  name: "refund",
  prepare: async (points) => {
    const state = await confirmingByReturn.prepare(points);
    await acknowledge(points, state);
    await startToSweep(points);
    const { number } = points.shop.orderOf(state.email);
    const decided = points.shop.run("order", "refund", "--number", String(number), "--amount", "1.00", "--reason", "test");
    if (decided.status !== 0) throw new Error(decided.errors);
    return state;
  },
  act: async (points, state) => {
    await orNothing(points.shop.startOsier());
    await untilDeadOr(points, () => refundsOf(points, state)[0].status === "succeeded");
  },
  settle: async (points, state) => {
    await assertSwept("the refund is done", points, () => refundsOf(points, state)[0].status === "succeeded");
    const { payments } = await points.shop.simulatorState();
    const there = payments.find(({ id }) => id === state.intent).amount_refunded;
    if (there !== 100) throw new Error(`${there} was given back, not 100`);
    await assertOneOrder(points, state, "placed");
  },
};

const refundsOf = (points, { intent }) => points.shop.rows(`SELECT r.status FROM payments.refunds r JOIN payments.payments p ON p.id = r.payment_id WHERE p.provider_payment_id = '${intent}'`);

export const operations = [placing, confirmingByReturn, confirmingByWebhook, expiring, refunding];
