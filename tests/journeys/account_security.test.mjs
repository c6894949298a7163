// What nobody gets out of the pages of accounts, by plain requests.

import assert from "node:assert/strict";
import { after, test } from "node:test";
import { Shopper, send } from "../support/http.mjs";
import { eventually, openShop } from "../support/shop.mjs";
import { formToken, goodPassword, linkIn, newCustomer, otherPassword, signIn, tokenOf, unthrottled } from "../support/accounts.mjs";
import { newEmail } from "../support/shopping.mjs";

const shop = await openShop({ env: unthrottled });
after(() => shop.close());

const isHere = async (shopper) => (await shopper.get("/account")).status === 200;

test("hardening 28: nobody learns from an answer whether an address has an account", async () => {
  const known = await newCustomer(shop);
  const [here, nowhere] = [known.email, newEmail()];
  const page = async (path, form) => {
    const { status, text, headers } = await new Shopper(shop).post(path, form);
    return { status, text: text.replaceAll(form.email, "ADDRESS"), type: headers["content-type"], cookies: headers["set-cookie"] };
  };
  for (const [path, form] of [
    ["/account/sign-in", { password: "not the password at all" }],
    ["/account/register", { password: goodPassword }],
    ["/account/forgot", {}],
  ]) assert.deepEqual(await page(path, { email: here, ...form }), await page(path, { email: nowhere, ...form }), path);

  // Nor by registering with a password of one's own, and then trying it.
  for (const form of [{ email: here, password: otherPassword }, { email: nowhere, password: otherPassword }])
    await new Shopper(shop).post("/account/register", form);
  assert.deepEqual(await page("/account/sign-in", { email: here, password: otherPassword }),
    await page("/account/sign-in", { email: nowhere, password: otherPassword }));

  const change = async (email) => {
    const answer = await known.post("/account/email", { email, form_token: await formToken(known, "/account/email") });
    return { status: answer.status, text: answer.text.replaceAll(email, "ADDRESS") };
  };
  const another = await newCustomer(shop);
  assert.deepEqual(await change(another.email), await change(newEmail()));
  await eventually("the mail says it instead", async () => (await shop.mailsTo(another.email)).some((mail) => /already/.test(mail.subject)));
  await eventually("and of registering twice", async () => (await shop.mailsTo(here)).some((mail) => /already have an account/.test(mail.subject)));
});

test("hardening 49: who registers with somebody's address neither keeps nor gets their account", async () => {
  const email = newEmail();
  const thief = new Shopper(shop);
  await thief.post("/account/register", { email, password: otherPassword });
  const thiefsLink = await linkIn(shop, email, /Confirm/);
  assert.equal((await signIn(thief, email, otherPassword)).status, 401, "an address that nobody proved opens nothing");

  // Whoever reads the mail, but did not choose the password, proves nothing by the link.
  const owner = new Shopper(shop);
  assert.equal((await owner.get(thiefsLink)).status, 200);
  assert.equal((await owner.post("/account/verify", { token: tokenOf(thiefsLink), password: goodPassword })).status, 401);
  await owner.post("/account/register", { email, password: goodPassword, given_name: "Owner" });
  const link = await eventually("the owner's own link", async () => {
    const found = await linkIn(shop, email, /Confirm/);
    return found !== thiefsLink && found;
  });
  // The newest mail may be the thief's second link: the owner's password opens only one of them.
  const tokens = (await shop.mailsTo(email)).map((mail) => /token=([\w-]+)/.exec(mail.html)?.[1]).filter(Boolean);
  const verified = [];
  for (const token of new Set([tokenOf(link), ...tokens])) {
    const answer = await owner.post("/account/verify", { token, password: goodPassword });
    if (answer.status === 303) verified.push(token);
  }
  assert.equal(verified.length, 1);
  assert.match((await owner.get("/account")).text, /Hello Owner/);
  for (const token of tokens)
    assert.equal((await thief.post("/account/verify", { token, password: otherPassword })).status, 400);
  assert.equal((await signIn(thief, email, otherPassword)).status, 401);
});

test("hardening 40: a link counts once, for its account, its address and its time", async () => {
  const customer = await newCustomer(shop);
  const other = await newCustomer(shop);
  const ask = async () => {
    await new Shopper(shop).post("/account/forgot", { email: customer.email });
    return tokenOf(await linkIn(shop, customer.email, /new password/));
  };
  const first = await ask();
  assert.equal((await other.post("/account/email/confirm", { token: first, form_token: await formToken(other, "/account") })).status, 400, "no other purpose");
  assert.equal((await new Shopper(shop).post("/account/verify", { token: first, password: goodPassword })).status, 400);

  // The Host header has no say in where a link leads.
  await send(`${shop.url}/account/forgot`, { form: { email: other.email }, headers: { host: "evil.example", origin: "http://evil.example" } });
  const mail = await eventually("a mail", async () => (await shop.mailsTo(other.email)).find((each) => /new password/.test(each.subject)));
  assert.ok(!mail.html.includes("evil.example") && !mail.text.includes("evil.example"));

  // A change of the address in between makes it void.
  const now = newEmail();
  await customer.post("/account/email", { email: now, form_token: await formToken(customer, "/account/email") });
  const change = tokenOf(await linkIn(shop, now, /new address/));
  assert.equal((await other.post("/account/email/confirm", { token: change, form_token: await formToken(other, "/account") })).status, 400, "the token of A used by B");
  assert.equal((await customer.post("/account/email/confirm", { token: change, form_token: await formToken(customer, "/account") })).status, 303);
  assert.equal((await new Shopper(shop).post("/account/reset", { token: first, password: otherPassword })).status, 400);

  await new Shopper(shop).post("/account/forgot", { email: now });
  const late = tokenOf(await linkIn(shop, now, /new password/));
  shop.execute("UPDATE identity.email_tokens SET created_at = created_at - interval '31 minutes', expires_at = expires_at - interval '31 minutes' WHERE purpose = 'reset'");
  assert.equal((await new Shopper(shop).get(`/account/reset?token=${late}`)).status, 400, "after 30 minutes");
  assert.equal((await new Shopper(shop).post("/account/reset", { token: late, password: otherPassword })).status, 400);
  for (const token of ["", "x", "A".repeat(22), "A".repeat(5000)])
    assert.equal((await new Shopper(shop).post("/account/reset", { token, password: otherPassword })).status, 400);
});

test("hardening 29: whatever session a browser comes with, it leaves with a new one", async () => {
  const customer = await newCustomer(shop);
  const shopper = new Shopper(shop);
  shopper.cookies.set("sid", "A".repeat(43));
  await signIn(shopper, customer.email, customer.password);
  assert.notEqual(shopper.cookies.get("sid"), "A".repeat(43));
  const first = shopper.cookies.get("sid");
  await signIn(shopper, customer.email, customer.password);
  assert.notEqual(shopper.cookies.get("sid"), first);
  const stale = new Shopper(shop);
  stale.cookies.set("sid", first);
  assert.equal(await isHere(stale), false, "the one before has ended");
});

test("hardening 30: a session ends at once with sign-out, and leaves nothing in the browser", async () => {
  const customer = await newCustomer(shop);
  const copy = new Shopper(shop);
  copy.cookies.set("sid", customer.cookies.get("sid"));
  assert.equal(await isHere(copy), true);
  const left = await customer.post("/account/sign-out", { form_token: await formToken(customer, "/account") });
  assert.equal(left.status, 303);
  assert.match(left.headers["clear-site-data"], /"cookies"/);
  assert.match(left.cookies.find((line) => line.startsWith("sid=")), /Max-Age=0/);
  assert.equal(await isHere(copy), false);
});

test("hardening 32, 33: forms of others, and forms without their token, change nothing", async () => {
  const customer = await newCustomer(shop);
  const cookie = `sid=${customer.cookies.get("sid")}`;
  const token = await formToken(customer, "/account");
  const form = { form_token: token, given_name: "Mallory", family_name: "", phone: "", locale: "en" };
  for (const headers of [{}, { origin: "null" }, { origin: "https://evil.example" }, { "sec-fetch-site": "cross-site", origin: shop.url }, { referer: "https://evil.example/" }])
    assert.equal((await send(`${shop.url}/account/profile`, { form, headers: { cookie, ...headers } })).status, 403, JSON.stringify(headers));
  for (const wrong of ["", "A".repeat(43)])
    assert.equal((await customer.post("/account/profile", { ...form, form_token: wrong })).status, 403, "an empty or wrong token");
  assert.equal((await customer.post("/account/profile", { given_name: "Mallory" })).status, 403, "no token");
  const twice = await send(`${shop.url}/account/profile`, { headers: { cookie, origin: shop.url, "content-type": "application/x-www-form-urlencoded" }, body: `form_token=${token}&form_token=${token}&given_name=Mallory` });
  assert.equal(twice.status, 403, "a token twice");
  assert.equal((await send(`${shop.url}/account/sign-in`, { form: { email: customer.email, password: customer.password }, headers: { origin: "https://evil.example" } })).status, 403, "hardening 33");
  for (const path of ["/account/sign-out", "/account/devices/sign-out-others"]) assert.equal((await customer.get(path)).status, 405, "reading changes nothing");
  assert.match((await customer.get("/account")).text, /Hello Ada/);
});

test("hardening 31, 34, 12 of section 2: cookies, frames and caches", async () => {
  const customer = await newCustomer(shop);
  for (const path of ["/account", "/account/profile", "/account/devices", "/account/sign-in", "/account/register", "/account/reset?token=x"]) {
    const { headers } = await customer.get(path);
    assert.match(headers["cache-control"], /private, no-store/, path);
    assert.match(headers["content-security-policy"], /frame-ancestors 'none'/, path);
    assert.equal(headers["referrer-policy"], "no-referrer", path);
  }
  const again = await signIn(new Shopper(shop), customer.email, customer.password);
  const line = again.cookies.find((each) => each.startsWith("sid="));
  for (const part of [/HttpOnly/i, /SameSite=Lax/i, /Path=\//i]) assert.match(line, part);
  assert.ok(!/Domain=/i.test(line));
  const [alone, known] = [await send(`${shop.url}/p/dipped-mug`), await customer.get("/p/dipped-mug")];
  assert.deepEqual(known.bytes, alone.bytes, "public pages are the same for customers");
});

test("hardening 51: after signing in, a browser goes to the shop's own pages only", async () => {
  const customer = await newCustomer(shop);
  for (const next of ["//evil.example", "/\\evil.example", "https://evil.example", "javascript:alert(1)", "/%0d%0aSet-Cookie:x", "/%2fevil.example", "/a\r\nb"]) {
    const { headers, status } = await signIn(new Shopper(shop), customer.email, customer.password, { next });
    assert.equal(status, 303);
    assert.ok(headers.location === "/account" || /^\/(?![/\\%])/.test(headers.location), `${JSON.stringify(next)} leads to ${headers.location}`);
    assert.ok(!headers.location.startsWith("//"));
  }
  assert.equal((await signIn(new Shopper(shop), customer.email, customer.password, { next: "/cart?x=1" })).headers.location, "/cart?x=1");
});

test("hardening 53: long, odd and known passwords", async () => {
  const register = (password, more) => new Shopper(shop).post("/account/register", { email: newEmail(), password, ...more });
  assert.equal((await register("ä".repeat(20) + " quiet rivers run north of the old mill and nobody minds at all".slice(0, 40) + "x7".repeat(34))).status, 200, "128 characters");
  assert.match((await register("x7 k".repeat(33))).text, /at most 128/);
  assert.match((await register("short one")).text, /too short/);
  assert.match((await register("password1234567")).text, /easily guessed|everybody tries/);
  assert.match((await register("ada-lindner@example.com", { email: "ada-lindner@example.com" })).text, /your name|easily guessed/);
  assert.equal((await register("a\0b quiet rivers run north")).status, 400);
  assert.equal((await register("x".repeat(1 << 20))).status, 413, "before any hashing");
  const composed = await newCustomer(shop, { password: "caf\u00e9 beside the northern mill" });
  assert.equal((await signIn(new Shopper(shop), composed.email, "cafe\u0301 beside the northern mill")).status, 303, "NFC and NFD are one");
});

test("hardening 58: fields that nobody asked for change nothing", async () => {
  const email = newEmail();
  await new Shopper(shop).post("/account/register", { email, password: goodPassword, verified_at: "2026-01-01", email_verified: "true", role: "owner", id: "1" });
  assert.equal((await signIn(new Shopper(shop), email, goodPassword)).status, 401);
  const customer = await newCustomer(shop);
  await customer.post("/account/profile", { form_token: await formToken(customer, "/account/profile"), given_name: "Ada", locale: "xx", email: "evil@example.com", verified_at: "", market_code: "us" });
  assert.match((await customer.get("/account")).text, new RegExp(customer.email));
});

test("hardening 55: another's session is not there", async () => {
  const [ada, bob] = [await newCustomer(shop), await newCustomer(shop)];
  const [{ id }] = shop.rows("SELECT id FROM identity.sessions WHERE ended_at IS NULL ORDER BY created_at DESC LIMIT 1");
  assert.equal((await ada.post(`/account/devices/${id}/sign-out`, { form_token: await formToken(ada, "/account") })).status, 404);
  assert.equal(await isHere(bob), true);
});

test("Addresses of the world are taken, and what is none is refused by name", async () => {
  for (const email of ["o'neill@example.com", "ada@bücher.example", "a".repeat(64) + "@" + "b".repeat(60) + ".example", "ADA+tag@Example.COM"]) {
    const answer = await new Shopper(shop).post("/account/register", { email, password: goodPassword, given_name: "Zoë 王芳 🎁 مرحبا <script>" });
    assert.equal(answer.status, 200, email);
  }
  await eventually("the mail to an international domain", async () => (await shop.mailsTo("xn--bcher-kva.example"))[0]);
  for (const email of ["", "ada", "ada@", "@example.com", "a@b@example.com", "ada@example", "ada@exa mple.com", "ada@example.com\nBcc: x@y.example", "a".repeat(320) + "@example.com"]) {
    const answer = await new Shopper(shop).post("/account/register", { email, password: goodPassword });
    assert.equal(answer.status, 400, email);
    assert.match(answer.text, /id="email-error"/);
  }
});
