// Customers by the official SDK: registering, signing in by token and by cookie, the account, its addresses, its cart.

import assert from "node:assert/strict";
import { after, test } from "node:test";
import Medusa from "@medusajs/js-sdk";
import { send } from "../support/http.mjs";
import { openShop } from "../support/shop.mjs";
import { StoreApi } from "../support/store_api.mjs";
import { goodPassword, linkIn, otherPassword, tokenOf, unthrottled } from "../support/accounts.mjs";
import { newEmail } from "../support/shopping.mjs";

const shop = await openShop({ env: unthrottled });
after(() => shop.close());

const sdk = () => new Medusa({ baseUrl: shop.url, auth: { type: "jwt", jwtTokenStorageMethod: "memory" }, logger: { error() {}, warn() {}, info() {}, debug() {} } });
const refused = (status) => (error) => {
  assert.equal(error.status, status, error.message);
  return true;
};

async function register(client, email, password = goodPassword) {
  await client.auth.register("customer", "emailpass", { email, password });
  return client.store.customer.create({ email, first_name: "Ada", last_name: "Lindner", phone: "+49 30 123" });
}
async function verify(email, password = goodPassword) {
  const token = tokenOf(await linkIn(shop, email, /Confirm/));
  const answer = await send(`${shop.url}/account/verify`, { form: { token, password }, headers: { origin: shop.url } });
  assert.equal(answer.status, 303, answer.text);
}
async function customer() {
  const [client, email] = [sdk(), newEmail()];
  await register(client, email);
  await verify(email);
  await client.auth.login("customer", "emailpass", { email, password: goodPassword });
  return { client, email };
}

test("A customer registers in two calls, proves the address, signs in and reads the account", async () => {
  const [client, email] = [sdk(), newEmail()];
  const made = await register(client, email);
  assert.match(made.customer.id, /^cus_[0-9a-f]{32}$/);
  assert.equal(made.customer.email, email);
  await assert.rejects(client.store.customer.retrieve(), refused(401), "the registration's token opens nothing");
  await assert.rejects(client.auth.login("customer", "emailpass", { email, password: goodPassword }), refused(401), "nor does an address that nobody proved");
  await verify(email);
  const token = await client.auth.login("customer", "emailpass", { email, password: goodPassword });
  assert.equal(typeof token, "string");
  const me = (await client.store.customer.retrieve()).customer;
  assert.deepEqual([me.id, me.email, me.first_name, me.last_name, me.phone, me.addresses], [made.customer.id, email, "Ada", "Lindner", "+49 30 123", []]);
  const changed = await client.store.customer.update({ first_name: "Augusta Ada", phone: null });
  assert.deepEqual([changed.customer.first_name, changed.customer.last_name, changed.customer.phone], ["Augusta Ada", "Lindner", null]);
  assert.deepEqual((await client.auth.refresh()).token, token);
  const { customer: part } = await client.store.customer.retrieve({ fields: "email" });
  assert.deepEqual(Object.keys(part).sort(), ["email", "id"]);
});

test("hardening 20 of section 2: the API tells no more of who has an account than the pages do", async () => {
  const { email } = await customer();
  const answers = async (address) => {
    const register = await send(`${shop.url}/auth/customer/emailpass/register`, { json: { email: address, password: otherPassword } });
    const { token } = register.json;
    const create = await send(`${shop.url}/store/customers`, { json: { email: address }, headers: { authorization: `Bearer ${token}` } });
    const login = await send(`${shop.url}/auth/customer/emailpass`, { json: { email: address, password: otherPassword } });
    const reset = await send(`${shop.url}/auth/customer/emailpass/reset-password`, { json: { identifier: address } });
    return [register.status, token.length, create.status, Object.keys(create.json.customer), login.status, login.text, reset.status, reset.text];
  };
  assert.deepEqual(await answers(email), await answers(newEmail()));
});

test("A forgotten password is replaced with the token of the mail's link", async () => {
  const { client, email } = await customer();
  await client.auth.resetPassword("customer", "emailpass", { identifier: email });
  const token = tokenOf(await linkIn(shop, email, /new password/));
  await assert.rejects(client.auth.updateProvider("customer", "emailpass", { password: "short" }, token), refused(400));
  await client.auth.updateProvider("customer", "emailpass", { password: otherPassword }, token);
  await assert.rejects(client.auth.updateProvider("customer", "emailpass", { password: otherPassword }, token), refused(401), "once");
  await assert.rejects(client.store.customer.retrieve(), refused(401), "sessions from before have ended");
  await client.auth.login("customer", "emailpass", { email, password: otherPassword });
  assert.equal((await client.store.customer.retrieve()).customer.email, email);
});

test("A session may be a cookie too, and ends with the sign-out", async () => {
  const { client } = await customer();
  const token = await client.client.getToken();
  const opened = await send(`${shop.url}/auth/session`, { method: "POST", headers: { authorization: `Bearer ${token}` } });
  assert.equal(opened.status, 200);
  const cookie = opened.cookies.find((line) => line.startsWith("sid=")).split(";")[0];
  assert.equal((await send(`${shop.url}/store/customers/me`, { headers: { cookie } })).status, 200);
  // Hardening 32: what a cookie may do, only our own pages ask for.
  const foreign = await send(`${shop.url}/store/customers/me`, { json: { first_name: "Mallory" }, headers: { cookie, origin: "https://evil.example" } });
  assert.equal(foreign.status, 401);
  assert.equal((await send(`${shop.url}/auth/session`, { method: "POST", headers: { cookie, origin: shop.url } })).status, 401, "a cookie opens no session");
  assert.equal((await send(`${shop.url}/auth/session`, { method: "DELETE", headers: { cookie, origin: shop.url } })).status, 200);
  assert.equal((await send(`${shop.url}/store/customers/me`, { headers: { cookie } })).status, 401);
  await assert.rejects(client.store.customer.retrieve(), refused(401), "the token is the same session's");
});

test("An address book is kept, and another's is not there", async () => {
  const [ada, bob] = [await customer(), await customer()];
  const berlin = { first_name: "Ada", last_name: "Lindner", address_1: "Torstraße 12", city: "Berlin", postal_code: "10119", country_code: "de" };
  const first = (await ada.client.store.customer.createAddress(berlin)).customer;
  assert.equal(first.addresses.length, 1);
  const [{ id }] = first.addresses;
  assert.match(id, /^cuaddr_[0-9a-f]{32}$/);
  assert.deepEqual([first.default_shipping_address_id, first.default_billing_address_id], [id, id], "the first is the usual one");
  await ada.client.store.customer.createAddress({ ...berlin, city: "Wien", country_code: "at", is_default_shipping: true });
  const list = await ada.client.store.customer.listAddress();
  assert.deepEqual([list.count, list.addresses.filter((each) => each.is_default_shipping).map((each) => each.city)], [2, ["Wien"]]);
  await ada.client.store.customer.updateAddress(id, { city: "Potsdam", company: "Loom" });
  const { address } = await ada.client.store.customer.retrieveAddress(id);
  assert.deepEqual([address.city, address.company, address.address_1, address.country_code], ["Potsdam", "Loom", "Torstraße 12", "de"]);
  // Hardening 55, 56.
  for (const call of [() => bob.client.store.customer.retrieveAddress(id), () => bob.client.store.customer.updateAddress(id, { city: "X" }), () => bob.client.store.customer.deleteAddress(id)])
    await assert.rejects(call(), refused(404));
  const gone = await ada.client.store.customer.deleteAddress(id);
  assert.deepEqual([gone.id, gone.deleted, gone.parent.addresses.length], [id, true, 1]);
  await assert.rejects(ada.client.store.customer.retrieveAddress(id), refused(404));
  await assert.rejects(sdk().store.customer.listAddress(), refused(401));
  for (const bad of [{ ...berlin, country_code: "deu" }, { ...berlin, city: 7 }, { ...berlin, address_1: "x".repeat(181) }])
    await assert.rejects(ada.client.store.customer.createAddress(bad), refused(400));
});

test("A guest's cart becomes the customer's, and nobody else's then", async () => {
  const [ada, bob] = [await customer(), await customer()];
  const { regions } = await ada.client.store.region.list();
  const { cart } = await sdk().store.cart.create({ region_id: regions[0].id, items: [{ variant_id: `variant_${shop.variant("SOAP-ROSE")}`, quantity: 2 }] });
  await assert.rejects(sdk().store.cart.transferCart(cart.id), refused(401));
  const taken = await ada.client.store.cart.transferCart(cart.id);
  assert.deepEqual([taken.cart.id, taken.cart.email], [cart.id, ada.email]);
  await assert.rejects(bob.client.store.cart.transferCart(cart.id), refused(404));
  assert.equal((await ada.client.store.cart.transferCart(cart.id)).cart.id, cart.id, "once more is the same");
});

test("Orders of a customer's carts are listed, the newest first, and nobody else's", { timeout: 60_000 }, async () => {
  const [ada, bob] = [await customer(), await customer()];
  const api = new StoreApi(shop);
  for (const quantity of [1, 2]) {
    const cart = await api.readyCart({ sku: "SOAP-ROSE", quantity, email: ada.email });
    await ada.client.store.cart.transferCart(cart.id);
    const bought = await api.buy(cart.id);
    assert.equal(bought.status, 200, bought.text);
  }
  const { orders, count } = await ada.client.store.order.list();
  assert.deepEqual([count, orders.map((order) => order.items[0].quantity)], [2, [2, 1]]);
  assert.equal((await ada.client.store.order.retrieve(orders[0].id)).order.display_id, orders[0].display_id);
  assert.deepEqual((await ada.client.store.order.list({ limit: 1, offset: 1 })).orders.map((order) => order.id), [orders[1].id]);
  assert.equal((await bob.client.store.order.list()).count, 0);
  await assert.rejects(sdk().store.order.list(), refused(401));
});

test("hardening 58: what a body says of id, verification or role counts for nothing", async () => {
  const { client } = await customer();
  const before = (await client.store.customer.retrieve()).customer;
  const after = (await client.store.customer.update({ first_name: "Eve", id: "cus_1", email: "evil@example.com", verified_at: null, has_account: false, role: "owner" })).customer;
  assert.deepEqual([after.id, after.email, after.has_account], [before.id, before.email, true]);
});
