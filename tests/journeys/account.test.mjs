// An account from its first day on, in a browser.

import assert from "node:assert/strict";
import { after, test } from "node:test";
import { go, leave, shoot, visit, widths } from "../support/browser.mjs";
import { eventually, openShop } from "../support/shop.mjs";
import { goodPassword, linkIn, otherPassword, unthrottled } from "../support/accounts.mjs";
import { newEmail } from "../support/shopping.mjs";

const shop = await openShop({ env: unthrottled });
after(() => shop.close());

async function register(page, email, { name = "Ada" } = {}) {
  await go(page, "/account/register");
  await page.fill("#email", email);
  await page.fill("#password", goodPassword);
  await page.fill("#given_name", name);
  await page.click("main form .button.wide");
  await page.waitForSelector("h1");
}
async function verify(page, email, password = goodPassword) {
  const path = await linkIn(shop, email, /Confirm|Bestätigen/);
  await page.goto(shop.url + path);
  await page.fill("#password", password);
  await page.click("main form .button.wide");
  await page.waitForURL(/\/account\?done=verified/);
}
async function signIn(page, email, password) {
  await go(page, "/account/sign-in");
  await page.fill("#email", email);
  await page.fill("#password", password);
  await page.click("main form .button.wide");
}

test("A customer registers, confirms the address, changes the password and signs out", { timeout: 90_000 }, async () => {
  const email = newEmail();
  const page = await visit(shop);
  await go(page, "/account");
  assert.match(page.url(), /\/account\/sign-in\?next=%2Faccount$/, "who is not signed in is asked to");
  await shoot(page, "account-sign-in");
  await register(page, email);
  assert.match(await page.textContent("h1"), /mailbox/);
  await verify(page, email);
  assert.match(await page.textContent("h1"), /Hello Ada/);
  await shoot(page, "account");
  await go(page, "/");
  await page.waitForFunction(() => document.querySelector("[data-account-link]").textContent === "Ada");

  const elsewhere = await visit(shop);
  await signIn(elsewhere, email, goodPassword);
  await elsewhere.waitForURL(/\/account$/);
  await go(elsewhere, "/account/devices");
  assert.equal(await elsewhere.locator(".factor-list li").count(), 2);
  await shoot(elsewhere, "account-devices");

  await go(page, "/account/password");
  await page.fill("#password", otherPassword);
  await page.click("main form .button.wide");
  await page.waitForURL(/done=password/);
  assert.match(await page.textContent("[role=status]"), /signed out/);
  await elsewhere.goto(`${shop.url}/account`);
  assert.match(elsewhere.url(), /sign-in/, "hardening 30: the other session has ended");
  assert.ok((await eventually("a mail tells of it", async () => (await shop.mailsTo(email)).find((mail) => /password/.test(mail.subject)))));

  await go(page, "/account");
  await page.click("main .button.quiet");
  await page.waitForURL(`${shop.url}/`);
  assert.deepEqual((await page.context().cookies()).filter(({ name }) => name === "sid"), []);
  await signIn(page, email, goodPassword);
  assert.match(await page.textContent("[role=alert]"), /not right/);
  await signIn(page, email, otherPassword);
  await page.waitForURL(/\/account$/);
  await leave(page);
  await leave(elsewhere);
});

test("A forgotten password is replaced by the link in a mail, and all devices are signed out", { timeout: 90_000 }, async () => {
  const email = newEmail();
  const page = await visit(shop);
  await register(page, email);
  await verify(page, email);
  const other = await visit(shop);
  await go(other, "/account/sign-in");
  await other.click("text=forgotten my password");
  await other.fill("#email", email);
  await other.click("main form .button.wide");
  await other.waitForFunction(() => /mailbox/.test(document.querySelector("h1").textContent));
  const link = await linkIn(shop, email, /new password/);
  await other.goto(shop.url + link);
  await shoot(other, "account-reset");
  await other.fill("#password", "short");
  await other.click("main form .button.wide");
  await other.waitForSelector("#password-error");
  await other.fill("#password", otherPassword);
  await other.click("main form .button.wide");
  await other.waitForURL(/sign-in\?done=reset/);
  await page.goto(`${shop.url}/account`);
  assert.match(page.url(), /sign-in/, "the session from before has ended");
  await signIn(other, email, otherPassword);
  await other.waitForURL(/\/account$/);
  const again = await other.goto(shop.url + link);
  assert.equal(again.status(), 400, "hardening 40: the link is used up");
  await leave(other);
  await leave(page);
});

test("A new address counts when its link is followed, and both are told", { timeout: 90_000 }, async () => {
  const [before, now] = [newEmail(), newEmail()];
  const page = await visit(shop);
  await register(page, before);
  await verify(page, before);
  await go(page, "/account/email");
  await page.fill("#email", now);
  await page.click("main form .button.wide");
  await page.waitForFunction(() => /new mailbox/.test(document.querySelector("h1").textContent));
  await eventually("the address before is told", async () => (await shop.mailsTo(before)).some((mail) => /new address/i.test(mail.subject)));
  const link = await linkIn(shop, now, /new address/);

  const stranger = await visit(shop);
  await register(stranger, newEmail(), { name: "Bob" });
  await stranger.goto(shop.url + link);
  assert.match(stranger.url(), /sign-in/, "only who is signed in may confirm");

  await page.goto(shop.url + link);
  await page.click("main form .button.wide");
  await page.waitForURL(/done=email/);
  await eventually("the address before is told that it has changed", async () => (await shop.mailsTo(before)).some((mail) => /was changed/.test(mail.subject)));
  const other = await visit(shop);
  await signIn(other, before, goodPassword);
  assert.match(await other.textContent("[role=alert]"), /not right/);
  await signIn(other, now, goodPassword);
  await other.waitForURL(/\/account$/);
  for (const each of [page, stranger, other]) await leave(each);
});

test("A device is signed out by its owner", { timeout: 60_000 }, async () => {
  const email = newEmail();
  const [here, there] = [await visit(shop), await visit(shop)];
  await register(here, email);
  await verify(here, email);
  await signIn(there, email, goodPassword);
  await there.waitForURL(/\/account$/);
  await go(here, "/account/devices");
  assert.match(await here.textContent(".factor-list"), /Chrome, Linux/);
  await here.click(".factor-list .button");
  await here.waitForURL(/done=device/);
  await there.goto(`${shop.url}/account`);
  assert.match(there.url(), /sign-in/);
  await leave(here);
  await leave(there);
});

test("An account works without JavaScript and in German", { timeout: 60_000 }, async () => {
  const email = newEmail();
  const page = await visit(shop, { javaScript: false, width: widths.phone, prefix: "/de-eu", locale: "de-DE" });
  await go(page, "/account/register");
  await page.fill("#email", email);
  await page.fill("#password", goodPassword);
  await page.fill("#given_name", "Jürgen");
  await page.click("main form .button.wide");
  assert.match(await page.textContent("h1"), /Postfach/);
  await verify(page, email);
  assert.match(await page.textContent("h1"), /Guten Tag, Jürgen/);
  await go(page, "/account/profile");
  await page.fill("#family_name", "O’Neill 王 🎁 مرحبا");
  await page.fill("#phone", "+49 30 1234567");
  await page.click("main form .button.wide");
  await page.waitForURL(/done=profile/);
  assert.match(await page.textContent(".account-parts"), /Jürgen O’Neill 王 🎁 مرحبا/);
  await page.click("main .button.quiet");
  await page.waitForURL(`${shop.url}/de-eu`);
  await leave(page);
});

test("What people have typed in is nowhere in the database as they typed it", async () => {
  const page = await visit(shop);
  const email = newEmail();
  await register(page, email, { name: "Wilhelmina-Canary" });
  await verify(page, email);
  for (const table of ["identity.customers", "identity.email_tokens", "identity.session_devices", "platform.outbox_events", "audit.entries"]) {
    const [{ text }] = shop.rows(`SELECT coalesce(string_agg(t::text, ' '), '') AS text FROM ${table} t`);
    for (const canary of ["Wilhelmina", email, Buffer.from("Wilhelmina").toString("hex"), Buffer.from(email).toString("hex")])
      assert.ok(!text.includes(canary), `${table} holds ${canary}`);
  }
  await leave(page);
});
