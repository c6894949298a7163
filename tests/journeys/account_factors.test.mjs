// Second factors of customers: an authenticator app, recovery codes, passkeys.

import assert from "node:assert/strict";
import { createHmac } from "node:crypto";
import { after, test } from "node:test";
import { go, leave, shoot, visit } from "../support/browser.mjs";
import { eventually, openShop } from "../support/shop.mjs";
import { newCustomer, unthrottled } from "../support/accounts.mjs";

const shop = await openShop({ env: unthrottled });
after(() => shop.close());

// RFC 6238, from the key as people type it.
function codeOf(key, at = Date.now()) {
  const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
  const bits = [...key.replace(/[^A-Z2-7]/g, "")].map((c) => alphabet.indexOf(c).toString(2).padStart(5, "0")).join("");
  const bytes = Buffer.from(bits.match(/.{8}/g).map((byte) => parseInt(byte, 2)));
  const step = Buffer.alloc(8);
  step.writeBigUInt64BE(BigInt(Math.floor(at / 30_000)));
  const mac = createHmac("sha1", bytes).update(step).digest();
  const offset = mac[19] & 15;
  return String((mac.readUInt32BE(offset) & 0x7fffffff) % 1_000_000).padStart(6, "0");
}

async function signIn(page, { email, password }) {
  await go(page, "/account/sign-in");
  await page.fill("#email", email);
  await page.fill("#password", password);
  await page.click("main form[action$='/account/sign-in'] .button.wide");
}
async function signOut(page) {
  await go(page, "/account");
  await page.click("main form[action$='/sign-out'] button");
  await page.waitForURL(`${shop.url}/`);
}

test("An authenticator app is set up and asked for; a recovery code stands in for it", { timeout: 120_000 }, async () => {
  const customer = await newCustomer(shop);
  const page = await visit(shop);
  await signIn(page, customer);
  await page.waitForURL(/\/account$/);
  await go(page, "/account/second-factors");
  await page.click("a[href$='/second-factors/app']");
  const key = await page.textContent(".factor-secret");
  await shoot(page, "account-app");
  await page.fill("#code", codeOf(key));
  await page.click("main form .button");
  await page.waitForSelector(".recovery-codes");
  const codes = await page.locator(".recovery-codes code").allTextContents();
  assert.equal(codes.length, 10);
  await signOut(page);

  await signIn(page, customer);
  await page.waitForURL(/sign-in\/second-factor/);
  for (const path of ["/account", "/account/password", "/account/second-factors"]) {
    await page.goto(shop.url + path);
    assert.match(page.url(), /\/account\/sign-in\?next=/, `hardening 39: ${path} is closed to half a session`);
  }
  await signIn(page, customer);
  await page.waitForURL(/sign-in\/second-factor/);
  // The code of the next half minute, since the one of now may be the one that set the app up: none is taken twice.
  await page.fill("#code", codeOf(key, Date.now() + 30_000));
  await page.click("main form .button");
  await page.waitForURL(/\/account$/);
  await signOut(page);

  await signIn(page, customer);
  await page.waitForURL(/sign-in\/second-factor/);
  await page.click("details summary");
  await page.fill("#recovery_code", codes[0]);
  await page.click("details form .button");
  await page.waitForURL(/\/account$/);
  await signOut(page);
  await signIn(page, customer);
  await page.waitForURL(/sign-in\/second-factor/);
  await page.click("details summary");
  await page.fill("#recovery_code", codes[0]);
  await page.click("details form .button");
  await page.waitForSelector("[role=alert]");
  assert.match(await page.textContent("main [role=alert]"), /used already/, "hardening 38: each counts once");
  for (const subject of [/authenticator app/, /recovery code/i])
    await eventually(`a mail about ${subject}`, async () => (await shop.mailsTo(customer.email)).some((mail) => subject.test(mail.subject)));
  await leave(page);
});

test("A passkey signs in without a password, and proves who it is before a change", { timeout: 120_000 }, async () => {
  const customer = await newCustomer(shop);
  const page = await visit(shop);
  const devtools = await page.context().newCDPSession(page);
  await devtools.send("WebAuthn.enable");
  const { authenticatorId } = await devtools.send("WebAuthn.addVirtualAuthenticator", {
    options: { protocol: "ctap2", transport: "internal", hasResidentKey: true, hasUserVerification: true, isUserVerified: true, automaticPresenceSimulation: true },
  });
  const touch = (enabled) => devtools.send("WebAuthn.setAutomaticPresenceSimulation", { authenticatorId, enabled });
  await signIn(page, customer);
  await page.waitForURL(/\/account$/);
  await go(page, "/account/second-factors/passkeys/new");
  await page.fill("#passkey-name", "Blue key");
  await page.click(".passkey-form button");
  await page.waitForSelector(".recovery-codes");
  await go(page, "/account/second-factors");
  assert.match(await page.textContent(".factor-list"), /Blue key/);
  await shoot(page, "account-passkeys");
  await signOut(page);

  // The browser offers it in the field for the address; whoever touches the key is in.
  await go(page, "/account/sign-in");
  await page.waitForURL(/\/account$/);
  assert.match(await page.textContent("h1"), /Hello Ada/);

  // What is sensitive asks again when the last proof is old.
  shop.execute("UPDATE identity.sessions SET created_at = created_at - interval '1 hour', authenticated_at = authenticated_at - interval '11 minutes'");
  await new Promise((done) => setTimeout(done, 1_100));
  await go(page, "/account/password");
  assert.match(page.url(), /\/account\/confirm\?next=/);
  await page.click(".passkey-form button");
  await page.waitForURL(/\/account\/password$/);
  await page.fill("#password", "kettle song");
  await page.click("main form .button.wide");
  await page.waitForURL(/done=password/);
  await signOut(page);
  await touch(false);
  await signIn(page, { ...customer, password: "kettle song" });
  await page.waitForURL(/sign-in\/second-factor/);
  await touch(true);
  await page.click(".passkey-form button");
  await page.waitForURL(/\/account$/);
  await leave(page);
});

