// A cart and its owner: what a guest has put in is there after signing in, on every device.

import assert from "node:assert/strict";
import { after, test } from "node:test";
import { Shopper } from "../support/http.mjs";
import { go, leave, shoot, visit } from "../support/browser.mjs";
import { openShop } from "../support/shop.mjs";
import { formToken, newCustomer, signIn, unthrottled } from "../support/accounts.mjs";

const shop = await openShop({ env: unthrottled });
after(() => shop.close());

const put = (shopper, sku, quantity) => shopper.post("/cart/lines", { variant: shop.variant(sku), quantity: String(quantity) });
const count = async (shopper) => (await shopper.get("/me.json")).json.cart_count;

test("A guest's cart is the customer's after signing in, and is found on another device", async () => {
  const { email, password } = await newCustomer(shop);
  const here = new Shopper(shop);
  await put(here, "SOAP-ROSE", 2);
  await signIn(here, email, password);
  assert.equal(await count(here), 2);
  const there = new Shopper(shop);
  await signIn(there, email, password);
  assert.equal(await count(there), 2, "the same cart on another device");
  await put(there, "MUG-DIP-SAGE", 1);
  assert.equal(await count(here), 3);
  const mine = (await here.get("/me.json")).json;
  assert.equal(mine.account_label, "Ada");
});

test("Lines of a guest's cart go over into the customer's, and the guest's is merged", async () => {
  const { email, password } = await newCustomer(shop);
  const first = new Shopper(shop);
  await put(first, "SOAP-ROSE", 2);
  await signIn(first, email, password);
  const second = new Shopper(shop);
  await put(second, "SOAP-ROSE", 3);
  await put(second, "MUG-DIP-SAGE", 1);
  const guests = second.cookies.get("cart");
  await signIn(second, email, password);
  assert.equal(await count(second), 6);
  assert.equal(await count(first), 6);
  assert.deepEqual(shop.rows("SELECT count(*)::int AS n FROM checkout.carts WHERE status = 'merged'"), [{ n: 1 }]);
  const stranger = new Shopper(shop);
  stranger.cookies.set("cart", guests);
  assert.equal(await count(stranger), 0, "the merged cart leads nowhere");
  // Once more is not twice.
  await signIn(second, email, password);
  assert.equal(await count(second), 6);
});

test("Quantities are added up, and eight sign-ins at once add nothing twice", async () => {
  const { email, password } = await newCustomer(shop);
  const first = new Shopper(shop);
  await put(first, "SOAP-ROSE", 9);
  await signIn(first, email, password);
  const guest = new Shopper(shop);
  await put(guest, "SOAP-ROSE", 5);
  await Promise.all(Array.from({ length: 8 }, () => {
    const tab = new Shopper(shop);
    tab.cookies.set("cart", guest.cookies.get("cart"));
    return signIn(tab, email, password);
  }));
  assert.equal(await count(first), 14);
});

test("A cart of one customer is not taken by another who signs in at the same browser", async () => {
  const [ada, bob] = [await newCustomer(shop), await newCustomer(shop)];
  await put(ada, "SOAP-ROSE", 2);
  const shared = new Shopper(shop);
  shared.cookies.set("cart", ada.cookies.get("cart"));
  await signIn(shared, bob.email, bob.password);
  assert.equal(await count(shared), 0);
  assert.equal(await count(ada), 2);
});

test("An address book fills in the checkout", { timeout: 60_000 }, async () => {
  const customer = await newCustomer(shop, { family_name: "Lindner" });
  const page = await visit(shop);
  await page.context().addCookies([{ name: "sid", value: customer.cookies.get("sid"), url: shop.url }]);
  await go(page, "/account/addresses/new");
  for (const [name, value] of Object.entries({ given_name: "Ada", family_name: "Lindner", line1: "Torstraße 12", postal_code: "10119", city: "Berlin" }))
    await page.fill(`#${name}`, value);
  await page.selectOption("#country", "DE");
  await page.click("main form .button.wide");
  await page.waitForURL(/\/account\/addresses\?done=saved/);
  assert.match(await page.textContent(".address-list"), /Torstraße 12/);
  await shoot(page, "account-addresses");
  await go(page, "/p/soap-bar");
  await page.click(".buy-row button[type=submit]");
  await page.waitForURL("**/cart");
  await go(page, "/checkout");
  assert.deepEqual(await Promise.all(["email", "name", "line1", "postal_code", "city", "country"].map((name) => page.inputValue(`#${name}`))),
    [customer.email, "Ada Lindner", "Torstraße 12", "10119", "Berlin", "DE"]);
  await leave(page);
});

test("hardening 56: another's address is not there, and forms need their token", async () => {
  const [ada, bob] = [await newCustomer(shop), await newCustomer(shop)];
  const form = { given_name: "Ada", line1: "Torstraße 12", postal_code: "10119", city: "Berlin", country: "DE" };
  assert.equal((await ada.post("/account/addresses/new", form)).status, 403);
  assert.equal((await ada.post("/account/addresses/new", { ...form, form_token: await formToken(ada, "/account") })).status, 303);
  const [, id] = /addresses\/([0-9a-f-]{36})"/.exec((await ada.get("/account/addresses")).text);
  const bobs = await formToken(bob, "/account");
  assert.equal((await bob.get(`/account/addresses/${id}`)).status, 404);
  assert.equal((await bob.post(`/account/addresses/${id}`, { ...form, city: "X", form_token: bobs })).status, 404);
  assert.equal((await bob.post(`/account/addresses/${id}/remove`, { form_token: bobs })).status, 404);
  for (const wrong of [{ ...form, city: "" }, { ...form, country: "XX" }, { ...form, line1: "x".repeat(181) }])
    assert.equal((await ada.post("/account/addresses/new", { ...wrong, form_token: await formToken(ada, "/account") })).status, 400);
  const [{ text }] = shop.rows("SELECT string_agg(a::text, ' ') AS text FROM identity.addresses a");
  assert.ok(!text.includes("Tor") && !text.includes(Buffer.from("Torstra").toString("hex")), "sealed");
});

