// kill -9 of osier in the middle of load: what was acknowledged is there, and the books are right.

import assert from "node:assert/strict";
import { after, test } from "node:test";
import { openShop } from "../support/shop.mjs";
import { killOsier, repeatedly } from "./blows.mjs";
import { assertClean, audit, isClean, print } from "./books.mjs";
import { Load } from "./load.mjs";

const shop = await openShop();
after(() => shop.close());

test("osier killed again and again under load loses nothing that it acknowledged (hardening 126)", { timeout: 150_000 }, async () => {
  const kills = 8;
  const load = new Load(shop);
  try {
    await repeatedly(kills, load, () => killOsier(shop));
  } finally {
    await load.stop();
  }
  assertClean("kill -9 of osier", { kills, ...(await audit(shop, load)) });
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
  assertClean("kill -9 of both", await audit(shop, load));
});

test("Control: an order that is taken out of the books behind our back is reported as lost", { timeout: 60_000 }, async () => {
  const load = new Load(shop, 3);
  try {
    await load.more(10);
  } finally {
    await load.stop();
  }
  const victim = load.acknowledged.find(({ email }) => load.paid.some((payment) => payment.email === email));
  const order = shop.orderOf(victim.email);
  shop.execute(`UPDATE orders.orders SET status = 'pending', placed_at = NULL WHERE id = '${order.id}'`);
  const figures = await audit(shop, load, { seconds: 1 });
  print("control", { ...figures, details: "" });
  shop.execute(`UPDATE orders.orders SET status = 'placed', placed_at = now() WHERE id = '${order.id}'`);
  assert.ok(!isClean(figures));
  assert.equal(figures.lost, 1);
  assert.equal(figures.homeless, 1, "its money is missed as well");
  assert.ok(figures.violations > 0, "and verify says so");
});
