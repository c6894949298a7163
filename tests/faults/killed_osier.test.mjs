// kill -9 of osier in the middle of load: what was acknowledged is there, and the books are right.

import assert from "node:assert/strict";
import { after, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { openShop } from "../support/shop.mjs";
import { Load } from "./load.mjs";

const shop = await openShop();
after(() => shop.close());

test("osier killed three times under load loses nothing that it acknowledged", { timeout: 150_000 }, async () => {
  const load = new Load(shop);
  try {
    for (let time = 0; time < 3; ++time) {
      await load.more(30);
      await sleep(137 * time);
      await shop.kill();
      await shop.startOsier();
    }
    await load.more(30);
  } finally {
    await load.stop();
  }
  assert.deepEqual(load.missing(shop), []);
  assert.deepEqual(shop.verify(), { status: 0, output: "" });
});

test("osier killed together with its database starts again by itself", { timeout: 120_000 }, async () => {
  const load = new Load(shop, 4);
  try {
    await load.more(20);
    shop.killPostgres();
    await shop.kill();
  } finally {
    await load.stop();
  }
  await shop.startOsier();
  assert.deepEqual(load.missing(shop), []);
  assert.deepEqual(shop.verify(), { status: 0, output: "" });
});
