// kill -9 of osier in the middle of load: what was acknowledged is there, and the books are right.

import assert from "node:assert/strict";
import { after, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { openShop } from "../support/shop.mjs";
import { Load } from "./load.mjs";

const shop = await openShop();
after(() => shop.close());

test("osier killed three times under load loses nothing that it acknowledged", { timeout: 120_000 }, async () => {
  const load = new Load(shop);
  for (let time = 0; time < 3; ++time) {
    await sleep(2_000 + 137 * time);
    const before = load.acknowledged.length;
    await shop.kill();
    await shop.startOsier();
    assert.ok(before > 0, "there was load");
  }
  await sleep(1_500);
  await load.stop();
  assert.ok(load.acknowledged.length > 50, `${load.acknowledged.length} orders`);
  assert.deepEqual(load.missing(shop), []);
  assert.deepEqual(shop.verify(), { status: 0, output: "" });
});

test("osier killed together with its database starts again by itself", { timeout: 90_000 }, async () => {
  const load = new Load(shop, 4);
  await sleep(2_000);
  shop.killPostgres();
  await shop.kill();
  await load.stop();
  await shop.startOsier();
  assert.deepEqual(load.missing(shop), []);
  assert.deepEqual(shop.verify(), { status: 0, output: "" });
});
