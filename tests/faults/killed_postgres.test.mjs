// kill -9 of the private PostgreSQL in the middle of load: osier starts it again, and goes on.

import assert from "node:assert/strict";
import { after, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { send } from "../support/http.mjs";
import { eventually, openShop } from "../support/shop.mjs";
import { killPostgres, repeatedly } from "./blows.mjs";
import { assertClean, audit } from "./books.mjs";
import { Load } from "./load.mjs";

const shop = await openShop();
after(() => shop.close());

test("PostgreSQL killed again and again under load loses nothing acknowledged, and the shop sells again by itself", { timeout: 120_000 }, async () => {
  const kills = 3;
  const load = new Load(shop);
  const outages = [];
  try {
    await repeatedly(kills, load, async () => {
      const began = Date.now();
      const blow = killPostgres(shop);
      await sleep(100);
      assert.equal((await send(`${shop.url}/p/dipped-mug`)).status, 200, "browsing goes on");
      await blow;
      await load.more(5);
      outages.push(load.longestGap(began));
    });
  } finally {
    await load.stop();
  }
  await eventually("the shop is ready", async () => (await send(`${shop.ops}/health/ready`)).status === 200);
  assertClean("kill -9 of PostgreSQL", { kills, longest_write_outage_ms: Math.max(...outages), ...(await audit(shop, load)) });
});
