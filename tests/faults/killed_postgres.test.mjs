// kill -9 of the private PostgreSQL in the middle of load: osier starts it again, and goes on.

import assert from "node:assert/strict";
import { after, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { send } from "../support/http.mjs";
import { eventually, openShop } from "../support/shop.mjs";
import { StoreApi } from "../support/store_api.mjs";
import { Load } from "./load.mjs";

const shop = await openShop();
after(() => shop.close());

test("PostgreSQL killed under load loses nothing acknowledged, and the shop sells again without a manual step", { timeout: 120_000 }, async () => {
  const load = new Load(shop);
  await sleep(2_500);
  assert.ok(load.acknowledged.length > 0, "there was load");
  shop.killPostgres();
  await sleep(300);
  assert.equal((await send(`${shop.url}/p/dipped-mug`)).status, 200, "browsing goes on");
  await load.stop();

  const isReady = async () => (await send(`${shop.ops}/health/ready`)).status === 200;
  await eventually("the shop is ready again", isReady, { seconds: 30, every: 100 });
  const api = new StoreApi(shop);
  const cart = await api.readyCart({ sku: "SOAP-ROSE", email: "after@example.com" });
  assert.equal((await api.buy(cart.id)).json.type, "order");
  assert.deepEqual(load.missing(shop), []);
  assert.deepEqual(shop.verify(), { status: 0, output: "" });
});
