// How often accounts may be tried, and what a flood of tries does to the shop.

import assert from "node:assert/strict";
import { after, test } from "node:test";
import { Shopper, send } from "../support/http.mjs";
import { openShop } from "../support/shop.mjs";
import { goodPassword, newCustomer, signIn } from "../support/accounts.mjs";
import { newEmail } from "../support/shopping.mjs";

// Addresses are what a proxy says, so that tries come from many places.
const shop = await openShop({ env: { OSIER_TRUSTED_PROXIES: "127.0.0.1,::1" } });
after(() => shop.close());

const from = (address, path, form) => send(shop.url + path, { form, headers: { origin: shop.url, "x-forwarded-for": address } });
const wrong = "not the password at all";

test("hardening 27: an account is closed for a while after five wrong passwords, wherever they come from", async () => {
  const customer = await newCustomer(shop);
  for (const [email, what] of [[customer.email, "known"], [newEmail(), "unknown"]]) {
    const statuses = [];
    for (let i = 0; i < 6; ++i) statuses.push((await from(`198.51.100.${i}`, "/account/sign-in", { email, password: wrong })).status);
    assert.deepEqual(statuses, [401, 401, 401, 401, 401, 429], what);
  }
  const locked = await from("192.0.2.1", "/account/sign-in", { email: customer.email, password: customer.password });
  assert.equal(locked.status, 429);
  assert.ok(Number(locked.headers["retry-after"]) > 0);
  assert.match(locked.text, /too many tries/);
});

test("hardening 27: one address tries twenty a minute, and another is not held up by it", async () => {
  const began = Date.now();
  const tries = await Promise.all(Array.from({ length: 40 }, () => from("203.0.113.5", "/account/sign-in", { email: newEmail(), password: wrong })));
  const looked = tries.filter(({ status }) => status === 401).length;
  assert.ok(tries.every(({ status }) => [401, 429].includes(status)));
  // Twenty at once, and one more each three seconds.
  const allowed = 20 + Math.ceil((Date.now() - began) / 3_000);
  assert.ok(looked >= 20 && looked <= allowed, `${looked} of 40 were looked at, ${allowed} may be`);
  assert.equal((await from("203.0.114.5", "/account/sign-in", { email: newEmail(), password: wrong })).status, 401);
});

test("An address gets three mails an hour, and ten accounts are registered from one place", async () => {
  const email = newEmail();
  const mails = [];
  for (let i = 0; i < 4; ++i) mails.push((await from(`198.18.0.${i}`, "/account/forgot", { email })).status);
  assert.deepEqual(mails, [200, 200, 200, 429]);
  const registered = [];
  for (let i = 0; i < 11; ++i) registered.push((await from("198.18.1.1", "/account/register", { email: newEmail(), password: goodPassword })).status);
  assert.deepEqual(registered, [...Array(10).fill(200), 429]);
});

test("hardening 54: a flood of sign-ins is turned away, and the shop goes on", { timeout: 60_000 }, async () => {
  const flood = Array.from({ length: 400 }, (_, i) => from(`10.${i >> 4}.${i & 15}.1`, "/account/sign-in", { email: newEmail(), password: wrong }));
  const page = await send(`${shop.url}/p/dipped-mug`);
  assert.equal(page.status, 200);
  const answers = await Promise.all(flood);
  const away = answers.filter(({ status }) => status === 503);
  assert.ok(away.length > 0, `some are turned away: ${new Set(answers.map(({ status }) => status))}`);
  assert.ok(away.every(({ headers }) => Number(headers["retry-after"]) > 0));
  assert.ok(answers.every(({ status }) => [401, 429, 503].includes(status)));
  const customer = await newCustomer(shop);
  assert.equal((await signIn(new Shopper(shop), customer.email, customer.password)).status, 303);
});
