// The database is gone, or says nothing: pages go on, carts and orders say so to people, and all comes back by itself.

import assert from "node:assert/strict";
import { join } from "node:path";
import { after, test } from "node:test";
import { seededFolder } from "../support/build.mjs";
import { DatabaseProxy } from "../support/tcp_proxy.mjs";
import { Shopper, send } from "../support/http.mjs";
import { Shop, eventually, openShop } from "../support/shop.mjs";
import { StoreApi } from "../support/store_api.mjs";

const home = await openShop();  // Its database is everybody's.
const proxy = await DatabaseProxy.before(join(home.folder, "postgres"));
// The test itself and osier's subcommands take the straight way: this process cannot be the proxy while it waits for them.
const shop = new Shop(await seededFolder(), { OSIER_DATABASE_URL: proxy.connection, OSIER_ROOT_KEY_FILE: join(home.folder, "keys/root.key") }, { straight: home.endpoints.postgres });
await shop.start();
after(async () => {
  await shop.close();
  proxy.close();
  await home.close();
});

const api = new StoreApi(shop);
const publicPaths = ["/", "/c/tableware", "/p/dipped-mug", "/de-eu/p/tall-vase", "/search?q=mug", "/pages/imprint", "/sitemap.xml"];
const isReady = async () => (await send(`${shop.ops}/health/ready`)).status === 200;

async function assertPagesAreServed() {
  for (const path of publicPaths) assert.equal((await send(shop.url + path)).status, 200, path);
}

function assertSaysSoToPeople(answer, what) {
  assert.equal(answer.status, 503, what);
  assert.match(answer.text, /try again/i, what);
  assert.match(answer.text, /site-nav/, `${what} has the shop around it`);
  assert.ok(answer.headers["retry-after"], what);
}

async function assertSells(email) {
  const cart = await api.readyCart({ sku: "SOAP-ROSE", email });
  assert.equal((await api.buy(cart.id)).json.type, "order");
}

test("Without a database pages are served, and carts and orders answer 503", { timeout: 60_000 }, async () => {
  const shopper = new Shopper(shop);
  const variant = shop.variant("SOAP-ROSE");
  assert.equal((await shopper.post("/cart/lines", { variant, quantity: "1" })).status, 303);
  const cart = await api.readyCart({ sku: "SOAP-ROSE", email: "down@example.com" });
  proxy.goDown();
  await assertPagesAreServed();
  assertSaysSoToPeople(await shopper.get("/cart"), "the cart");
  assertSaysSoToPeople(await shopper.get("/checkout"), "the checkout");
  assertSaysSoToPeople(await shopper.post("/cart/lines", { variant, quantity: "1" }), "putting into the cart");
  assertSaysSoToPeople(await shopper.post("/checkout", { order: "1" }), "ordering");
  for (const answer of [await api.get(`/carts/${cart.id}`), await api.complete(cart.id)]) {
    assert.equal(answer.status, 503);
    assert.ok(answer.json.message, "the API answers in its own shape");
  }
  assert.equal((await api.get("/products")).status, 200, "the API's catalogue goes on");
  assert.equal((await send(`${shop.ops}/health/ready`)).status, 503);
  assert.equal((await send(`${shop.ops}/health/live`)).status, 200);
  const began = Date.now();
  proxy.comeBack();
  await eventually("the shop is ready again by itself", isReady, { seconds: 10 });
  assert.ok(Date.now() - began < 10_000);
  // One event loop is ready, and another may be about to connect again.
  await eventually("the cart is as it was", async () => (await shopper.get("/cart")).status === 200, { seconds: 5 });
  await eventually("it sells again", () => assertSells("up@example.com").then(() => true), { seconds: 5 });
});

test("A database that says nothing keeps nobody waiting for long, and is left behind", { timeout: 120_000 }, async () => {
  const shopper = new Shopper(shop);
  await shopper.post("/cart/lines", { variant: shop.variant("SOAP-ROSE"), quantity: "1" });
  proxy.goSilent();
  const began = Date.now();
  const answers = await Promise.all([shopper.get("/cart"), shopper.get("/checkout"), assertPagesAreServed()]);
  assertSaysSoToPeople(answers[0], "the cart");
  assertSaysSoToPeople(answers[1], "the checkout");
  assert.ok(Date.now() - began < 30_000, `answered after ${Date.now() - began} ms`);
  proxy.comeBack();
  await eventually("the shop is ready again by itself", isReady, { seconds: 40, every: 200 });
  // Each event loop finds out for itself which of its connections have fallen silent, by one request that is answered 503.
  await eventually("it sells again", async () => (await assertSells("heard@example.com"), true), { seconds: 20 });
});

test("After an outage a change of the catalogue reaches the pages again", { timeout: 60_000 }, async () => {
  home.execute("UPDATE catalog.products SET title = jsonb_set(title, '{en}', '\"Mug after the storm\"') WHERE handle = 'dipped-mug'");
  for (const each of [home, shop]) {
    await eventually("the new title is shown", async () => (await send(`${each.url}/p/dipped-mug`)).text.includes("Mug after the storm"), { seconds: 30 });
  }
});
