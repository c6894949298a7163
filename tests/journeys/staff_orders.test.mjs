// What staff do with orders in the portal: look, book transfers, give money back, see who bought only for a reason.

import assert from "node:assert/strict";
import { after, test } from "node:test";
import { expectAccessible } from "../support/accessible.mjs";
import { leave, shoot } from "../support/browser.mjs";
import { openShop } from "../support/shop.mjs";
import { StoreApi } from "../support/store_api.mjs";
import * as staff from "../support/staff.mjs";

const shop = await openShop();
after(() => shop.close());
const api = new StoreApi(shop);

async function orderOf(email, quantity = 2) {
  const cart = await api.readyCart({ sku: "SOAP-ROSE", quantity, email });
  const answer = await api.buy(cart.id);
  assert.equal(answer.status, 200, answer.text);
  return answer.json.order;
}
const entriesOn = (number) => shop.rows(`SELECT actor_kind, action, reason FROM audit.entries
  WHERE object_kind = 'order' AND object_id = (SELECT id::text FROM orders.orders WHERE number = ${number}) ORDER BY position`);

const bought = await orderOf("anna.lindqvist@example.com");
const number = bought.display_id;
const manager = await staff.join(shop, { email: "mara@example.com", name: "Mara Manager", role: "Shop manager" });
const helper = await staff.join(shop, { email: "sam@example.com", name: "Sam Support", role: "Support" });

test("Orders are listed, filtered and found by their number", async () => {
  await orderOf("else@example.com", 1);
  await manager.portal("/admin/orders");
  assert.equal(await manager.locator("tbody tr").count(), 2);
  await shoot(manager, "staff-orders");
  await expectAccessible(manager);
  await manager.getByLabel("Payment").selectOption("paid");
  await manager.getByRole("button", { name: "Show" }).click();
  assert.match(await manager.locator(".empty").innerText(), /No order fits/);
  await manager.getByLabel("Number").fill(String(number));
  await manager.getByLabel("Payment").selectOption("");
  await manager.getByRole("button", { name: "Show" }).click();
  assert.equal(await staff.heading(manager), `Order ${number}`);
  await manager.portal("/admin/orders?number=abc", 422);
  await manager.portal("/admin/orders/999999", 404);
  await manager.portal("/admin/orders/12ab", 404);
});

test("Who bought is masked, and revealed for a reason that is recorded (hardening 61)", async () => {
  await manager.portal(`/admin/orders/${number}`);
  const before = await manager.content();
  for (const word of ["anna.lindqvist", "lindqvist"]) assert.ok(!before.includes(word), word);
  assert.match(before, /a•••@e•••\.com/);
  assert.ok(!before.includes(bought.id.slice("order_".length)), "nothing that opens the customer's page");
  await shoot(manager, "staff-order");
  await expectAccessible(manager);
  await manager.getByLabel("Why you need to see it").fill("she asks about her parcel");
  await manager.getByRole("button", { name: "Reveal" }).click();
  assert.match(await manager.content(), /anna\.lindqvist@example\.com/);
  assert.match(await manager.content(), /This look was recorded/);
  await expectAccessible(manager);
  await manager.portal(`/admin/orders/${number}`);
  assert.ok(!(await manager.content()).includes("anna.lindqvist"), "for one look");
  assert.deepEqual(entriesOn(number).filter(({ action }) => action === "order.revealed"),
    [{ actor_kind: "staff", action: "order.revealed", reason: "she asks about her parcel" }]);

  await helper.portal(`/admin/orders/${number}`);
  assert.equal(await helper.getByRole("button", { name: "Reveal" }).count(), 0);
  assert.equal(await helper.getByRole("button", { name: "Refund" }).count(), 0);
});

test("A transfer is booked, and part of it given back", async () => {
  await manager.portal(`/admin/orders/${number}`);
  await manager.getByLabel("Amount in EUR").first().fill("12.345");
  await manager.getByLabel("The bank's reference").fill("RE 4711");
  await manager.getByRole("button", { name: "Book it" }).click();
  assert.match(await manager.locator("#form-errors").innerText(), /12\.34/);
  await manager.getByLabel("Amount in EUR").first().fill(String(bought.total));
  await manager.getByLabel("The bank's reference").fill("RE 4711");
  await manager.getByRole("button", { name: "Book it" }).click();
  assert.match(await manager.locator(".adm-actions").innerText(), /Paid/);

  await manager.getByLabel("Take out: SOAP-ROSE").fill("1");
  await manager.getByLabel("Reason; the customer reads it").first().fill("one was broken");
  await manager.getByLabel("The units are lost").check();
  await manager.getByRole("button", { name: "Refund" }).click();
  assert.match(await manager.locator(".notice").innerText(), /refund is decided/);
  assert.match(await manager.content(), /one was broken/);
  await shoot(manager, "staff-order-refunded");
  await expectAccessible(manager);
  assert.ok(entriesOn(number).every(({ actor_kind: kind }) => kind === "staff"));
  const line = shop.row(`SELECT canceled_quantity FROM orders.order_lines JOIN orders.orders o ON o.id = order_id WHERE number = ${number}`);
  assert.equal(line.canceled_quantity, 1);

  // More than is left is refused, and nothing is written.
  await manager.getByLabel("Amount in EUR", { exact: false }).first().fill("9999.00");
  await manager.getByLabel("Reason; the customer reads it").first().fill("too much");
  await manager.getByRole("button", { name: "Refund" }).click();
  assert.match(await manager.locator("#form-errors").innerText(), /more than is left/);
  assert.equal(shop.rows("SELECT 1 FROM orders.order_refunds").length, 1);
});

test("Money moves only for who has proved lately who they are", async () => {
  staff.letProofAge(shop);
  await new Promise((done) => setTimeout(done, 1000));
  await manager.portal(`/admin/orders/${number}`);
  await manager.getByLabel("Reason; the customer reads it").first().fill("again");
  await manager.getByLabel("Everything").check();
  await manager.getByRole("button", { name: "Refund" }).click();
  assert.equal(await staff.heading(manager), "Please confirm that it is you");
  await manager.getByLabel("Six-digit code from your app").fill(await manager.app.code());
  await manager.getByRole("button", { name: "Continue" }).click();
  assert.equal(await staff.heading(manager), `Order ${number}`);
  assert.equal(shop.rows("SELECT 1 FROM orders.order_refunds").length, 1, "the form was not sent again by itself");
});

test("An order that nothing was sent of is canceled", async () => {
  const other = await orderOf("third@example.com", 1);
  await manager.portal(`/admin/orders/${other.display_id}`);
  const panel = manager.locator("section", { has: manager.getByRole("heading", { name: "Cancel the order" }) });
  await panel.getByLabel("Reason; the customer reads it").fill("sold out after all");
  await panel.getByRole("button", { name: "Cancel the order" }).click();
  assert.match(await manager.locator(".notice").innerText(), /canceled/);
  assert.equal(shop.row(`SELECT status FROM orders.orders WHERE number = ${other.display_id}`).status, "canceled");
});

test("The record is read in the portal, and whole", async () => {
  await manager.portal(`/admin/orders/${number}`);
  await manager.getByRole("link", { name: "What happened to it" }).click();
  assert.equal(await staff.heading(manager), "Record");
  assert.match(await manager.locator("tbody").innerText(), /order\.revealed/);
  assert.match(await manager.locator("tbody").innerText(), /Mara Manager/);
  assert.match(await manager.locator(".notice").innerText(), /whole/);
  await shoot(manager, "staff-record");
  await expectAccessible(manager);
  await helper.portal("/admin/audit", 403);
  await leave(helper);
  await leave(manager);
});
