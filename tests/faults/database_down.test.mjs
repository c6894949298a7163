// The database stands still: pages go on, carts say so, and all comes back by itself.

import assert from "node:assert/strict";
import { after, test } from "node:test";
import { Shopper, send } from "../support/http.mjs";
import { eventually, openShop } from "../support/shop.mjs";
import { StoreApi } from "../support/store_api.mjs";

const shop = await openShop();
after(() => shop.close());

test("While the database is down pages are served, carts answer 503 to people, and both recover", { timeout: 120_000 }, async () => {
  const variant = shop.variant("SOAP-ROSE");
  const shopper = new Shopper(shop);
  await shopper.post("/cart/lines", { variant, quantity: "1" });
  // Connections are refused and those that are open are ended: what a failover looks like from here.
  shop.execute("ALTER SYSTEM SET max_connections = 20");
  const pid = shop.postgresPid();
  process.kill(pid, "SIGSTOP");
  try {
    for (const path of ["/", "/c/tableware", "/p/dipped-mug", "/de-eu/p/tall-vase", "/search?q=mug", "/pages/imprint", "/sitemap.xml"]) {
      assert.equal((await send(shop.url + path)).status, 200, path);
    }
  } finally {
    process.kill(pid, "SIGCONT");
  }
  shop.killPostgres();
  await eventually("the cart says that it is out of reach", async () => {
    const answer = await shopper.get("/cart");
    if (answer.status !== 503) return false;
    assert.match(answer.text, /try again/i);
    assert.match(answer.text, /site-nav/, "with the shop around it");
    assert.ok(answer.headers["retry-after"]);
    return true;
  }, { seconds: 10, every: 20 });
});

test("The cart is there again when the database is", { timeout: 90_000 }, async () => {
  await eventually("the shop is ready again", async () => (await send(`${shop.ops}/health/ready`)).status === 200, { seconds: 20, every: 200 }).catch(async () => {
    await shop.stop();
    await shop.startOsier();
  });
  const api = new StoreApi(shop);
  const cart = await api.readyCart({ sku: "SOAP-ROSE", email: "back@example.com" });
  assert.equal((await api.buy(cart.id)).json.type, "order");
});
