// A whole shop under test: osier, its private PostgreSQL and the payment simulator, in a folder and on ports of its own.

import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { existsSync, openSync, closeSync, readFileSync } from "node:fs";
import net from "node:net";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { cleanEnvironment, osier, remove, seededFolder, simulator } from "./build.mjs";
import { send } from "./http.mjs";

// Opens a seeded shop. `env` are further settings, such as {OSIER_HOLD_MINUTES: 1}.
export async function openShop({ env = {} } = {}) {
  const shop = new Shop(await seededFolder(), env);
  try {
    await shop.start();
  } catch (error) {
    await shop.abandon();
    throw error;
  }
  return shop;
}

export async function freePorts(count) {
  const servers = Array.from({ length: count }, () => net.createServer().listen(0, "127.0.0.1"));
  await Promise.all(servers.map((server) => once(server, "listening")));
  const ports = servers.map((server) => server.address().port);
  await Promise.all(servers.map((server) => new Promise((done) => server.close(done))));
  return ports;
}

// Asks again and again until `attempt` gives something true; says what it waited for if it never does.
export async function eventually(what, attempt, { seconds = 20, every = 50 } = {}) {
  const end = Date.now() + seconds * 1000;
  let failure;
  do {
    try {
      const value = await attempt();
      if (value) return value;
      failure = undefined;
    } catch (error) {
      failure = error;
    }
    await sleep(every);
  } while (Date.now() < end);
  throw new Error(`waited ${seconds} s in vain: ${what}`, { cause: failure });
}

export class Shop {
  // `straight`: how this process and osier's subcommands reach the database, where osier itself takes another way (a proxy).
  constructor(folder, env = {}, { straight } = {}) {
    this.folder = folder;
    this.env = env;
    this.straight = straight;
  }

  get url() {
    return `http://localhost:${this.port}`;
  }
  get ops() {
    return `http://127.0.0.1:${this.opsPort}`;
  }
  get admin() {
    return `http://localhost:${this.adminPort}`;
  }
  get payments() {
    return `http://localhost:${this.simulatorPort}`;
  }
  get settings() {
    return cleanEnvironment({
      OSIER_DATA: this.folder, OSIER_PORT: String(this.port), OSIER_OPS_PORT: String(this.opsPort), OSIER_ADMIN_PORT: String(this.adminPort),
      OSIER_STRIPE_SECRET_KEY: "sk_test_simulator", OSIER_STRIPE_WEBHOOK_SECRET: "whsec_simulator",
      OSIER_STRIPE_API_BASE: this.payments, ...this.env,
    });
  }

  // --- Life.

  async reservePorts() {
    [this.port, this.opsPort, this.simulatorPort, this.adminPort] = await freePorts(4);
  }

  async start() {
    await this.reservePorts();
    await this.startSimulator();
    await this.startOsier();
  }

  async startSimulator() {
    this.simulator = this.#spawn(simulator, ["--port", String(this.simulatorPort), "--webhook-url", `${this.url}/webhooks/stripe`], "simulator.log");
    await eventually("the payment simulator answers", async () => (await send(`${this.payments}/_simulator/health`)).status === 200);
  }

  async startOsier() {
    this.osier = this.#spawn(osier, ["serve"], "osier.log");
    const exited = this.osier.ended.then(() => { throw new Error(`osier ended while it started:\n${this.log()}`); });
    await Promise.race([exited, this.#ready()]);
  }

  async #ready() {
    const file = join(this.folder, "endpoints.json");
    await eventually("endpoints.json is there and the shop is ready", async () => {
      if (this.osier.exitCode !== null || this.osier.signalCode !== null) return true;
      return existsSync(file) && (await send(`${this.ops}/health/ready`)).status === 200;
    }, { seconds: 60 });
    if (existsSync(file)) this.endpoints = JSON.parse(readFileSync(file, "utf8"));
    if (this.straight) this.endpoints = { ...this.endpoints, postgres: this.straight };
  }

  // Ends with this process, however that ends.
  #spawn(program, words, log) {
    const file = openSync(join(this.folder, log), "a");
    const child = spawn("setpriv", ["--pdeathsig", "TERM", program, ...words], { env: this.settings, stdio: ["ignore", file, file] });
    closeSync(file);
    child.ended = new Promise((done) => child.on("exit", (code, signal) => done({ code, signal })));
    return child;
  }

  // Asks osier to stop, and gives its exit status.
  async stop() {
    this.osier.kill("SIGTERM");
    const { code, signal } = await Promise.race([this.osier.ended, sleep(35_000, { code: "still running after 35 s" }, { ref: false })]);
    return code ?? signal;
  }

  async kill() {
    this.osier.kill("SIGKILL");
    await this.osier.ended;
  }

  // kill -9 of the private PostgreSQL's first process.
  killPostgres() {
    process.kill(this.postgresPid(), "SIGKILL");
  }
  postgresPid() {
    return Number(readFileSync(join(this.folder, "postgres/postmaster.pid"), "utf8").split("\n")[0]);
  }

  // The end of a test: nothing may be wrong in the books, and the shop stops in good order.
  async close() {
    try {
      assert.deepEqual(this.verify(), { status: 0, output: "" }, "osier verify is silent");
      assert.equal(await this.stop(), 0, "osier ends with status 0");
      assert.ok(!existsSync(join(this.folder, "endpoints.json")), "endpoints.json is removed at stop");
    } finally {
      await this.abandon();
    }
  }

  // Ends whatever is left, and removes the folder.
  async abandon() {
    for (const child of [this.osier, this.simulator]) {
      if (!child) continue;
      child.kill("SIGKILL");
      await child.ended;
    }
    try {
      process.kill(this.postgresPid(), "SIGQUIT");
      await eventually("PostgreSQL ends", () => !existsSync(join(this.folder, "postgres/postmaster.pid")), { seconds: 10 });
    } catch {
      // It had ended already.
    }
    if (process.env.OSIER_TEST_KEEP) console.error(`kept ${this.folder}`);
    else remove(this.folder);
  }

  log() {
    return readFileSync(join(this.folder, "osier.log"), "utf8").split("\n").slice(-30).join("\n");
  }

  // --- Looking and changing from behind.

  // Runs a subcommand on the shop's data.
  run(...words) {
    const env = this.straight ? { ...this.settings, OSIER_DATABASE_URL: this.straight } : this.settings;
    const done = spawnSync(osier, words, { env, encoding: "utf8", timeout: 60_000 });
    return { status: done.status, output: done.stdout, errors: done.stderr };
  }
  verify() {
    const { status, output, errors } = this.run("verify");
    return { status, output: output + errors };
  }
  setStock(sku, count) {
    const done = this.run("stock", "--sku", sku, "--set", String(count), "--reason", "counted for a test");
    assert.equal(done.status, 0, done.errors);
  }

  // Rows of a query, as objects.
  rows(sql) {
    return JSON.parse(this.#psql(`SELECT coalesce(json_agg(row), '[]') FROM (${sql}) AS row`));
  }
  row(sql) {
    const rows = this.rows(sql);
    assert.equal(rows.length, 1, `one row, not ${rows.length}: ${sql}`);
    return rows[0];
  }
  execute(sql) {
    this.#psql(sql);
  }
  #psql(sql) {
    const words = ["-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-d", this.endpoints.postgres, "-c", sql];
    const done = spawnSync("psql", words, { encoding: "utf8", timeout: 30_000, maxBuffer: 64 << 20 });
    assert.equal(done.status, 0, `psql: ${done.stderr}`);
    return done.stdout;
  }

  variant(sku) {
    return this.row(`SELECT replace(id::text, '-', '') AS hex FROM catalog.variants WHERE sku = '${sku}'`).hex;
  }
  stock(sku) {
    return this.row(`SELECT sum(on_hand)::int AS on_hand, sum(committed)::int AS committed FROM inventory.stock_levels
                      JOIN catalog.variants ON variants.id = variant_id WHERE sku = '${sku}'`);
  }
  orders(where = "true") {
    return this.rows(`SELECT o.*, c.email, c.access_token, c.shipping_address, c.billing_address
                        FROM orders.orders o JOIN orders.order_contacts c ON c.order_id = o.id
                       WHERE ${where} ORDER BY o.created_at`);
  }
  orderOf(email) {
    const orders = this.orders(`c.email = '${email}'`);
    assert.equal(orders.length, 1, `one order of ${email}`);
    return orders[0];
  }
  placedOrderOf(email) {
    return eventually(`the order of ${email} is placed`, () => this.orders(`c.email = '${email}' AND o.status = 'placed'`)[0]);
  }

  // Mails as the page of the ops listener shows them, the newest first.
  async mailsTo(address) {
    const list = (await send(`${this.ops}/mails`)).text;
    const mails = [];
    for (const [, to, name, subject] of list.matchAll(/<td>[^<]*<\/td><td>([^<]*)<\/td><td><a href="\/mails\/([0-9a-f]+)">([^<]*)<\/a>/g)) {
      if (!to.includes(address)) continue;
      const [html, page] = [await send(`${this.ops}/mails/${name}/html`), await send(`${this.ops}/mails/${name}`)];
      mails.push({ subject, html: html.text, text: /<pre[^>]*>([^]*?)<\/pre>/.exec(page.text)[1] });
    }
    return mails;
  }
  async mailTo(address) {
    return eventually(`a mail to ${address}`, async () => (await this.mailsTo(address))[0]);
  }

  // --- The payment simulator's own controls.

  async simulate(fault) {
    const answer = await send(`${this.payments}/_simulator/faults`, { json: fault });
    assert.equal(answer.status, 200, answer.text);
  }
  async simulateNothing() {
    await send(`${this.payments}/_simulator/faults`, { method: "DELETE" });
  }
  async simulatorState() {
    return (await send(`${this.payments}/_simulator/state`)).json;
  }
}
