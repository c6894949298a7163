// SIGTERM: what is under way is answered, then osier ends with status 0.

import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { after, test } from "node:test";
import { openShop } from "../support/shop.mjs";
import { Load } from "./load.mjs";

const shop = await openShop();
after(() => shop.abandon());

test("osier stopped under load ends within 30 s with status 0, and loses nothing", { timeout: 120_000 }, async () => {
  const load = new Load(shop);
  let status;
  let began;
  try {
    await load.more(50);
    began = Date.now();
    status = await shop.stop();
  } finally {
    await load.stop();
  }
  assert.equal(status, 0, shop.log());
  assert.ok(Date.now() - began < 35_000);
  assert.ok(!existsSync(join(shop.folder, "endpoints.json")));
  assert.ok(!existsSync(join(shop.folder, "postgres/postmaster.pid")), "its database has ended too");
  await shop.startOsier();
  assert.deepEqual(load.missing(shop), []);
  assert.deepEqual(shop.verify(), { status: 0, output: "" });
  assert.equal(await shop.stop(), 0);
});

test("Ctrl-C ends it as well", { timeout: 60_000 }, async () => {
  await shop.startOsier();
  shop.osier.kill("SIGINT");
  assert.deepEqual(await shop.osier.ended, { code: 0, signal: null });
});
