// Two osier processes on one database sell the last units. With the row lock they sell what there is. Without it (a proxy takes FOR UPDATE
// out of the statement on its way, so that the binary under test is the one that is shipped), they oversell, and that is noticed.

import assert from "node:assert/strict";
import { chmodSync } from "node:fs";
import { join } from "node:path";
import { after, test } from "node:test";
import { newFolder, seededFolder } from "../support/build.mjs";
import { PostgresServer } from "../support/postgres.mjs";
import { Shop, eventually } from "../support/shop.mjs";
import { StoreApi, inParallel } from "../support/store_api.mjs";
import { WireProxy, readParse } from "../support/wire_proxy.mjs";

const sku = "PLATE-SET-4";
const units = 5;
const rounds_max = 30;

const folder = await seededFolder();
chmodSync(folder, 0o711);
const server = new PostgresServer(join(folder, "postgres"), { settings: { fsync: "off" } });
const proxies = [];
const shops = [];
after(async () => {
  for (const shop of shops) if (shop.osier) await shop.kill();
  await server.kill();
  for (const proxy of proxies) proxy.close();
  for (const shop of shops) await shop.abandon();
});
await server.start();
for (const home of [folder, newFolder()]) {
  const proxy = await WireProxy.before(server.folder);
  const key = home === folder ? {} : { OSIER_ROOT_KEY_FILE: join(folder, "keys/root.key") };  // The first makes it.
  const shop = new Shop(home, { OSIER_DATABASE_URL: proxy.connection, ...key }, { straight: server.connection });
  proxies.push(proxy);
  shops.push(shop);
  await shop.start();
}
const [shop] = shops;

// Whether the lock is taken out; prepared statements live as long as their connections, so these start anew.
let stripped = 0;
async function withLock(isOn) {
  for (const proxy of proxies) {
    proxy.toServer = (type, bytes) => {
      if (type !== "P" || isOn) return undefined;
      const parse = readParse(bytes);
      if (parse.name !== "inventory.lock_levels") return undefined;
      assert.match(parse.sql, /FOR UPDATE/);
      ++stripped;
      return parse.withSql(parse.sql.replace("FOR UPDATE", ""));
    };
    proxy.stop();
    proxy.goOn();
  }
  for (const each of shops) {
    await each.kill();
    await each.startOsier();
  }
}

// Rounds of many buyers after few units, until more are sold than there are. Returns by how many, and after how many rounds.
async function sellOut(rounds) {
  const apis = shops.map((each) => new StoreApi(each));
  let sold = 0;
  for (let round = 1; round <= rounds; ++round) {
    shop.setStock(sku, shop.stock(sku).committed + units);
    for (const api of apis) await eventually("both have heard of the new units", () => api.readyCart({ sku, email: "first@example.com" }));
    const carts = await inParallel(Array.from({ length: 40 }, (_, index) => index), 16,
      async (index) => ({ api: apis[index % 2], id: (await apis[index % 2].readyCart({ sku, email: `round-${round}-${index}@example.com` })).id }));
    const answers = await Promise.all(carts.map(({ api, id }) => api.buy(id)));
    sold += answers.filter((answer) => answer.status === 200 && answer.json.type === "order").length;
    const { on_hand, committed } = shop.stock(sku);
    if (committed > on_hand) return { rounds: round, sold, oversold: committed - on_hand };
  }
  return { rounds, sold, oversold: 0 };
}

test("Two processes sell the last units once, round after round (hardening 86)", { timeout: 60_000 }, async () => {
  const outcome = await sellOut(4);
  console.log(`      two processes: ${JSON.stringify(outcome)}`);
  assert.deepEqual(outcome, { rounds: 4, sold: 4 * units, oversold: 0 });
  assert.deepEqual(shop.verify(), { status: 0, output: "" });
});

test("Without the lock the constraint still stands between two processes and overselling", { timeout: 60_000 }, async () => {
  await withLock(false);
  const outcome = await sellOut(4);
  console.log(`      no lock, constraint: ${JSON.stringify(outcome)}`);
  assert.ok(stripped > 0, "the lock was taken out");
  assert.equal(outcome.oversold, 0);
  assert.deepEqual(shop.verify(), { status: 0, output: "" });
});

test("Control: without lock and constraint two processes oversell, and verify says so", { timeout: 120_000 }, async () => {
  shop.execute("ALTER TABLE inventory.stock_levels DROP CONSTRAINT never_oversold");
  const outcome = await sellOut(rounds_max);
  console.log(`      control, no lock and no constraint: ${JSON.stringify(outcome)}`);
  assert.ok(outcome.oversold > 0, `nothing was oversold in ${rounds_max} rounds`);
  assert.match(shop.verify().output, /inventory\.level_is_within_its_bounds/);
});
