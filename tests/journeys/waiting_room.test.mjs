// A drop: many want the same thing at once, and are served one after the other.

import assert from "node:assert/strict";
import { after, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { go, leave, shoot, visit, widths } from "../support/browser.mjs";
import { send } from "../support/http.mjs";
import { eventually, openShop } from "../support/shop.mjs";
import { cards, german, payByCard, reachPayment, reachThanks } from "../support/shopping.mjs";
import { StoreApi } from "../support/store_api.mjs";

const shop = await openShop();
after(() => shop.close());
const api = new StoreApi(shop);
const sku = "MUG-DIP-SAGE";
const variant_id = `variant_${shop.variant(sku)}`;

async function waitingRoom(...words) {
  const done = shop.run("waiting-room", ...words);
  assert.equal(done.status, 0, done.errors);
  await sleep(300);
  return done.output;
}
async function emptyCart() {
  const { cart } = (await api.post("/carts", { region_id: (await api.region()).id })).json;
  return cart.id;
}
const addLine = (cart, ticket) =>
  send(`${shop.url}/store/carts/${cart}/line-items`, {
    json: { variant_id, quantity: 1 },
    headers: ticket ? { "x-waiting-ticket": ticket } : {},
  });

async function order(cart, ticket) {
  const collection = (await api.post("/payment-collections", { cart_id: cart })).json.payment_collection;
  return send(`${shop.url}/store/payment-collections/${collection.id}/payment-sessions`, {
    json: { provider_id: "pp_system_default" },
    headers: ticket ? { "x-waiting-ticket": ticket } : {},
  });
}

test("A shopper without JavaScript takes a number, waits, and buys when it is their turn", { timeout: 90_000 }, async () => {
  await waitingRoom("on", "--product", "dipped-mug", "--rate", "1");
  const cart = await emptyCart();
  await Promise.all(Array.from({ length: 130 }, () => addLine(cart)));

  const page = await visit(shop, { javaScript: false, width: widths.phone });
  await go(page, `/p/dipped-mug?variant=${sku}`);
  await page.click(".buy-row button[type=submit]");
  await page.waitForURL(/\/waiting\/dipped-mug\?variant=/);
  const place = Number(await page.textContent(".waiting-place strong"));
  assert.ok(place > 100 && place <= 131, `place ${place}`);
  await shoot(page, "waiting");

  // Whoever has not waited does not get further by another way.
  await go(page, "/checkout");
  assert.match(page.url(), /\/cart$/);
  const answer = await send(`${shop.url}/waiting/dipped-mug`, { headers: { cookie: (await page.context().cookies()).map(({ name, value }) => `${name}=${value}`).join("; ") } });
  assert.match(answer.headers["cache-control"], /no-store/);
  assert.ok(Number(answer.headers.refresh) >= 2);

  await waitingRoom("on", "--product", "dipped-mug", "--rate", "500");
  await page.goBack();
  await page.locator("form[action$='/cart/lines'] button").waitFor({ timeout: 30_000 });
  await shoot(page, "waiting-turn");
  await page.click("form[action$='/cart/lines'] button");
  await page.waitForURL("**/cart");
  await page.click(".summary a[href$='/checkout']");
  const shopper = german();
  const { country, ...texts } = shopper;
  for (const [name, value] of Object.entries(texts)) await page.fill(`#${name}`, value);
  await page.selectOption("#country", country);
  await page.locator("input[name=shipping_option]").first().check();
  await page.check("input[name=payment][value=stripe]");
  await page.click("button[name=update]");
  await page.waitForURL("**/checkout");
  await page.click("button[name=order]");
  await reachPayment(page);
  await payByCard(page, cards.good);
  await reachThanks(page);
  await shop.placedOrderOf(shopper.email);
  await leave(page);
  await waitingRoom("off", "--product", "dipped-mug");
});

test("500 who come at once are admitted at the rate, in the order of their numbers", { timeout: 90_000 }, async () => {
  await waitingRoom("on", "--product", "dipped-mug", "--rate", "50");
  const cart = await emptyCart();
  const begin = Date.now();
  const answers = await Promise.all(Array.from({ length: 500 }, () => addLine(cart)));
  for (const { status, json } of answers) {
    assert.equal(status, 429);
    assert.equal(json.code, "waiting_room");
    assert.equal(json.waiting.stage === "waiting" || json.waiting.position === 0, true);
  }
  const tickets = answers.map(({ headers }) => headers["x-waiting-ticket"]);
  assert.equal(new Set(tickets).size, 500);

  // Who looks in between never sees a higher number served before a lower one, nor more than the rate allows.
  const numberOf = (ticket) => Number(Buffer.from(ticket, "base64url").readBigUInt64BE(16));
  const byNumber = [...tickets].sort((a, b) => numberOf(a) - numberOf(b));
  assert.deepEqual([numberOf(byNumber[0]), numberOf(byNumber[499])], [1, 500]);
  for (const pause of [1_000, 2_000]) {
    await sleep(pause);
    const seen = [];
    for (let i = 0; i < 500; i += 20) seen.push((await addLine(cart, byNumber[i])).status);
    const served = seen.filter((status) => status === 200).length * 20;
    assert.ok(seen.lastIndexOf(200) < seen.indexOf(429) || !seen.includes(429), `in order: ${seen}`);
    const seconds = (Date.now() - begin) / 1000;
    assert.ok(served <= 50 * (seconds + 1.5) + 20, `${served} served in ${seconds} s`);
    assert.ok(served >= 50 * (seconds - 2.5) - 20, `${served} served in ${seconds} s`);
  }
  const metrics = (await send(`${shop.ops}/metrics`)).text;
  assert.match(metrics, /osier_waiting_rooms 1/);
});

test("Forged tickets open nothing, and a ticket orders for one cart only", { timeout: 60_000 }, async () => {
  await waitingRoom("on", "--product", "dipped-mug", "--rate", "500");
  const cart = await emptyCart();
  const ticket = (await addLine(cart)).headers["x-waiting-ticket"];
  const forged = ticket.slice(0, 30) + (ticket[30] === "A" ? "B" : "A") + ticket.slice(31);
  const refused = await addLine(cart, forged);
  assert.equal(refused.status, 429);
  assert.notEqual(refused.headers["x-waiting-ticket"], forged);

  await eventually("it is the ticket's turn", async () => (await addLine(cart, ticket)).status === 200);
  // Two carts that were filled while nobody had to wait.
  await waitingRoom("off", "--product", "dipped-mug");
  const first = (await api.readyCart({ sku, email: "first@example.com" })).id;
  const second = (await api.readyCart({ sku, email: "second@example.com" })).id;
  await waitingRoom("on", "--product", "dipped-mug", "--rate", "500");
  const fresh = (await addLine(cart)).headers["x-waiting-ticket"];
  await eventually("it is the fresh ticket's turn", async () => (await addLine(cart, fresh)).status === 200);
  assert.equal((await order(first)).json.code, "waiting_room");
  assert.equal((await order(first, fresh)).status, 200);
  const reused = await order(second, fresh);
  assert.equal(reused.status, 409, reused.text);
  assert.equal(reused.json.code, "waiting_ticket_used");
  assert.equal((await order(first, fresh)).status, 200, "the same cart may try again");
});

test("Who waits is told at once when all is sold", { timeout: 60_000 }, async () => {
  await waitingRoom("on", "--product", "dipped-mug", "--rate", "1");
  const page = await visit(shop, { javaScript: false, width: widths.phone, prefix: "/de-eu" });
  await go(page, "/waiting/dipped-mug");
  await page.click("main form button");
  await page.waitForURL(/\/waiting\/dipped-mug/);
  for (const { sku: each } of shop.rows("SELECT sku FROM catalog.variants JOIN catalog.products p ON p.id = product_id WHERE p.handle = 'dipped-mug'")) {
    shop.setStock(each, shop.stock(each).committed);
  }
  await eventually("the page says so", async () => {
    await go(page, "/waiting/dipped-mug");
    return /Ausverkauft/.test(await page.textContent("h1"));
  });
  await shoot(page, "waiting-sold-out");
  assert.equal(await page.locator("main form").count(), 0, "nobody is asked to wait");
  const answer = await addLine(await emptyCart());
  assert.equal(answer.status, 400);
  assert.equal(answer.json.code, "insufficient_inventory");
  await leave(page);
  assert.match(await waitingRoom("status"), /dipped-mug: \d+ numbers given/);
  await waitingRoom("off", "--product", "dipped-mug");
  assert.match(await waitingRoom("status"), /No waiting room is on/);
});
