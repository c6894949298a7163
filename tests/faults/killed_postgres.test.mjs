// kill -9 of the private PostgreSQL in the middle of load: osier starts it again, and goes on.

import assert from "node:assert/strict";
import { after, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { send } from "../support/http.mjs";
import { eventually, openShop } from "../support/shop.mjs";
import { Load } from "./load.mjs";

const shop = await openShop();
after(() => shop.close());

test("PostgreSQL killed under load loses nothing acknowledged, and the shop sells again by itself", { timeout: 120_000 }, async () => {
  const load = new Load(shop);
  try {
    await load.more(50);
    shop.killPostgres();
    await sleep(300);
    assert.equal((await send(`${shop.url}/p/dipped-mug`)).status, 200, "browsing goes on");
    await load.more(50);
  } finally {
    await load.stop();
  }
  await eventually("the shop is ready", async () => (await send(`${shop.ops}/health/ready`)).status === 200);
  assert.deepEqual(load.missing(shop), []);
  assert.deepEqual(shop.verify(), { status: 0, output: "" });
});
