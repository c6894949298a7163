// Who may ask where: every address of the shop, asked by everybody. The list is the shop's own, from the access that each route
// declares, so that a new route is asked too (hardening 55, 59, 60, 63).

import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { after, before, test } from "node:test";
import { newCustomer } from "../support/accounts.mjs";
import { send } from "../support/http.mjs";
import { openShop } from "../support/shop.mjs";
import * as staff from "../support/staff.mjs";

const shop = await openShop();
after(() => shop.close());

const origins = { shop: shop.url, admin: shop.admin, ops: shop.ops };
const routes = (await send(`${shop.ops}/routes`)).json;
const askers = {};
let revoked;

async function cookieOf(page) {
  const cookie = (await page.context().cookies(shop.admin)).find(({ name }) => name === "adm");
  const account = await send(`${shop.admin}/admin/account`, { headers: { cookie: `adm=${cookie.value}` } });
  const token = /name="form_token" value="([^"]+)"/.exec(account.text)?.[1] ?? "";
  return { cookie: `adm=${cookie.value}`, token };
}

async function newKey(page, name, scope) {
  await page.portal("/admin/api-keys/new");
  await page.getByLabel("Name", { exact: true }).fill(name);
  await page.getByRole("checkbox", { name: scope }).check();
  await page.getByRole("button", { name: "Make the key" }).click();
  return page.locator(".secret-once").innerText();
}

before(async () => {
  const owner = await staff.join(shop, { email: "owner@example.com", name: "Olga Owner" });
  const bare = await staff.join(shop, { email: "bare@example.com", name: "Bert Bare", role: "Support" });
  assert.equal(shop.run("staff", "roles", "--email", "bare@example.com").status, 0);
  askers.member = await cookieOf(bare);
  // After the password alone.
  const half = await staff.visitPortal(shop);
  await staff.signIn(half, "bare@example.com");
  const pending = (await half.context().cookies(shop.admin)).find(({ name }) => name === "adm");
  askers.half = { cookie: `adm=${pending.value}`, token: "" };
  askers.key = { bearer: await newKey(owner, "Reads orders", /^See orders/) };
  askers.otherKey = { bearer: await newKey(owner, "Reads the record", /^Read the record/) };
  revoked = await newKey(owner, "Lost", /^See orders/);
  await owner.portal("/admin/api-keys");
  await owner.getByRole("button", { name: "Revoke Lost" }).click();
  await owner.getByText("does not work any more").waitFor();
  askers.owner = await cookieOf(owner);
  const customer = await newCustomer(shop);
  askers.customer = { cookie: [...customer.cookies].map(([name, value]) => `${name}=${value}`).join("; "), token: "" };
  askers.nobody = {};
  for (const page of [owner, bare, half]) await page.context().close();
});

function pathOf(pattern) {
  return pattern.replace(/\{number\}/, "999999").replace(/\{\w+\*\}/, "x").replace(/\{[^}]+\}/g, randomUUID());
}

// As a page of the listener's own would ask, with whatever the asker has.
function ask(route, asker) {
  const headers = {};
  if (asker.cookie) headers.cookie = asker.cookie;
  if (asker.bearer) headers.authorization = `Bearer ${asker.bearer}`;
  const request = { method: route.method, headers };
  if (!["GET", "HEAD"].includes(route.method)) {
    headers.origin = origins[route.listener];
    request.form = { form_token: asker.token ?? "" };
  }
  return send(origins[route.listener] + pathOf(route.pattern), request);
}

const named = (route) => `${route.method} ${route.listener} ${route.pattern}`;
const leadsToSignIn = (answer) => answer.status === 303 && answer.headers.location.startsWith("/admin/sign-in");
const isLetIn = (answer) => !leadsToSignIn(answer) && ![401, 403].includes(answer.status) && answer.status < 500;
const isApi = (route) => route.pattern.startsWith("/api/");

test("Every route says who may ask, in words that this test knows", () => {
  assert.ok(routes.length > 100, `${routes.length} routes`);
  const known = ["everyone", "token_holder", "signature", "operators", "customer", "staff", "staff_member"];
  for (const route of routes) assert.ok(known.includes(route.access), `${named(route)}: ${route.access}`);
  for (const route of routes) {
    assert.equal(route.access === "operators", route.listener === "ops", `${named(route)}: operators ask at the private listener`);
    if (route.pattern.startsWith("/admin") && !/^\/admin\/(sign-in|sign-out|invitation)/.test(route.pattern))
      assert.ok(["staff", "staff_member"].includes(route.access), `${named(route)} is for staff`);
    if (["staff", "staff_member"].includes(route.access)) assert.equal(route.listener, "admin", `${named(route)} is on the portal's listener`);
  }
});

test("Pages of the portal open to staff with the permission alone (hardening 39, 55, 59)", async () => {
  const pages = routes.filter((route) => ["staff", "staff_member"].includes(route.access) && !isApi(route));
  assert.ok(pages.length > 30);
  for (const route of pages) {
    for (const name of ["nobody", "customer", "half", "key", "otherKey"])
      assert.ok(leadsToSignIn(await ask(route, askers[name])), `${named(route)} asked by ${name}`);
    const member = await ask(route, askers.member);
    if (route.access === "staff") assert.equal(member.status, 403, `${named(route)} without ${route.permission}`);
    else assert.ok(isLetIn(member), `${named(route)} asked by any member: ${member.status}`);
    const owner = await ask(route, askers.owner);
    assert.ok(isLetIn(owner), `${named(route)} asked by an owner: ${owner.status}`);
  }
});

test("The admin API opens to keys with the scope alone, and to no cookie (hardening 55, 63)", async () => {
  const api = routes.filter((route) => route.listener === "admin" && isApi(route));
  assert.ok(api.length >= 2);
  for (const route of api) {
    assert.equal(route.access, "staff", named(route));
    for (const name of ["nobody", "customer", "half", "member", "owner"])
      assert.equal((await ask(route, askers[name])).status, 401, `${named(route)} asked by ${name}`);
    assert.equal((await ask(route, { bearer: revoked })).status, 401, `${named(route)} with a revoked key`);
    assert.equal((await ask(route, { bearer: `osk_${"A".repeat(43)}` })).status, 401, `${named(route)} with a made-up key`);
    const other = await ask(route, askers.otherKey);
    assert.equal(other.status, 403, `${named(route)} without ${route.permission}`);
    const key = await ask(route, askers.key);
    assert.equal(route.permission, "orders.read", "the key of this test reads orders");
    assert.ok([200, 404].includes(key.status), `${named(route)} with the scope: ${key.status}`);
  }
});

test("A key that is revoked or over is refused at once (hardening 63)", async () => {
  const list = (bearer) => send(`${shop.admin}/api/admin/orders`, { headers: { authorization: `Bearer ${bearer}` } });
  assert.equal((await list(askers.key.bearer)).status, 200);
  assert.equal((await list(revoked)).status, 401);
  assert.notEqual(shop.row("SELECT last_used_at FROM identity.api_keys WHERE name = 'Reads orders'").last_used_at, null);
  shop.execute("UPDATE identity.api_keys SET created_at = created_at - interval '2 days', expires_at = now() - interval '1 second' WHERE name = 'Reads the record'");
  assert.equal((await list(askers.otherKey.bearer)).status, 401);
  const stored = shop.rows("SELECT token_hash, prefix FROM identity.api_keys");
  assert.ok(stored.every(({ token_hash: hash, prefix }) => hash.length === 64 && prefix.length === 10), "no token is kept");
});

test("What is a customer's own is nobody else's: not the staff's either (hardening 55)", async () => {
  const own = routes.filter(({ access }) => access === "customer");
  assert.ok(own.length > 10);
  for (const route of own.filter(({ method }) => method === "GET")) {
    const answer = await ask(route, askers.customer);
    assert.ok(![401, 403].includes(answer.status) && answer.status < 500, `${named(route)} asked by a customer: ${answer.status}`);
    assert.ok(!/\/account\/sign-in/.test(answer.headers.location ?? ""), `${named(route)} leads a customer to sign in`);
  }
  for (const route of own) {
    for (const name of ["nobody", "member", "owner", "key"]) {
      const answer = await ask(route, askers[name]);
      const isRefused = answer.status === 401 || (answer.status === 303 && /sign-in/.test(answer.headers.location));
      assert.ok(isRefused, `${named(route)} asked by ${name}: ${answer.status}`);
    }
  }
});

test("Who knows no token reads nothing (hardening 55)", async () => {
  const byToken = routes.filter(({ access, method, pattern }) => access === "token_holder" && method === "GET" && pattern.includes("{"));
  assert.ok(byToken.length > 3);
  for (const route of byToken) {
    const answer = await ask(route, askers.nobody);
    assert.equal(answer.status, 404, `${named(route)}: ${answer.status}`);
  }
});

test("Another's session is nobody's to end (hardening 55)", async () => {
  const session = shop.row(`SELECT id FROM identity.sessions WHERE realm = 'staff' AND stage = 'open' AND ended_at IS NULL
    AND account_id = (SELECT member_id FROM identity.member_roles JOIN identity.roles r ON r.id = role_id WHERE r.is_owner) LIMIT 1`).id;
  const answer = await send(`${shop.admin}/admin/account/sessions/${session}/end`, {
    headers: { cookie: askers.member.cookie, origin: shop.admin }, form: { form_token: askers.member.token },
  });
  assert.equal(answer.status, 404);
  assert.equal((await ask({ listener: "admin", method: "GET", pattern: "/admin/account" }, askers.owner)).status, 200);
});
