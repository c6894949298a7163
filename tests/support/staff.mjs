// Staff in tests: they join by an invitation, and have an authenticator app or a passkey.

import assert from "node:assert/strict";
import { createHmac } from "node:crypto";
import { visit } from "./browser.mjs";

export const password = "gravel sonnet 7";

function bytesOfBase32(text) {
  let bits = "";
  for (const letter of text.replace(/\s/g, "")) bits += "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567".indexOf(letter).toString(2).padStart(5, "0");
  return Buffer.from(bits.match(/.{8}/g).map((byte) => parseInt(byte, 2)));
}

// RFC 6238. Each call gives a later code than the one before, as far as the shop takes codes ahead of time: one step.
export class AuthenticatorApp {
  constructor(secret) {
    this.key = bytesOfBase32(secret);
    this.last = 0;
  }
  async code() {
    const now = () => Math.floor(Date.now() / 30_000);
    while (this.last > now()) await new Promise((done) => setTimeout(done, 250));
    this.last = Math.max(this.last + 1, now());
    const counter = Buffer.alloc(8);
    counter.writeBigUInt64BE(BigInt(this.last));
    const digest = createHmac("sha1", this.key).update(counter).digest();
    const number = digest.readUInt32BE(digest[19] & 15) & 0x7fffffff;
    return String(number % 1_000_000).padStart(6, "0");
  }
}

// An authenticator in the browser that says yes to everything, as a phone with a finger on it does.
export async function addAuthenticator(page) {
  const cdp = await page.context().newCDPSession(page);
  await cdp.send("WebAuthn.enable");
  await cdp.send("WebAuthn.addVirtualAuthenticator", {
    options: { protocol: "ctap2", transport: "internal", hasResidentKey: true, hasUserVerification: true, isUserVerified: true, automaticPresenceSimulation: true },
  });
}

// The portal in a browser of somebody's own.
export async function visitPortal(shop, options = {}) {
  const page = await visit(shop, options);
  page.portal = (path, status = 200) => goTo(page, shop.admin + path, status);
  return page;
}
async function goTo(page, url, status) {
  const response = await page.goto(url);
  assert.equal(response.status(), status, `${url} is answered ${status}`);
  return response;
}

export const heading = (page) => page.locator("h1").innerText();

export async function typePassword(page, typed = password) {
  await page.getByLabel(/new password/i).fill(typed);
  await page.getByRole("button", { name: "Set the password" }).click();
}

// From the page on which somebody sets up their first second factor to the portal.
export async function setUpApp(page) {
  await page.getByRole("link", { name: "Set up an app" }).click();
  await page.getByText("I cannot scan it").click();
  const app = new AuthenticatorApp(await page.locator(".factor-secret").innerText());
  await page.getByLabel("Six-digit code from your app").fill(await app.code());
  await page.getByRole("button", { name: "Finish" }).click();
  app.recoveryCodes = await page.locator(".recovery-codes code").allInnerTexts();
  await page.getByRole("link", { name: "I have kept them" }).click();
  return app;
}

export async function setUpPasskey(page) {
  await page.getByRole("link", { name: "Add a passkey" }).click();
  await page.getByRole("button", { name: "Create the passkey" }).click();
  await page.getByRole("link", { name: "I have kept them" }).click();
}

// Somebody with that role (or an owner), invited from the console, signed in.
export async function join(shop, { email, name, role, locale = "en-GB" }) {
  const rights = role ? ["--role", role] : ["--owner"];
  const done = shop.run("staff", "add", "--email", email, "--name", name, ...rights);
  assert.equal(done.status, 0, done.errors);
  const page = await visitPortal(shop, { locale });
  await page.goto(done.output.split("\n")[0]);
  await typePassword(page);
  page.app = await setUpApp(page);
  await page.portal("/admin");
  return page;
}

export async function signIn(page, email, typed = password) {
  await page.portal("/admin/sign-in");
  await page.getByLabel("E-mail").fill(email);
  await page.getByLabel("Password").fill(typed);
  await page.getByRole("button", { name: "Sign in", exact: true }).click();
}

// As if the person had last proved who they are longer than ten minutes ago.
export function letProofAge(shop) {
  shop.execute("UPDATE identity.sessions SET authenticated_at = authenticated_at - interval '11 minutes', created_at = created_at - interval '11 minutes' WHERE realm = 'staff' AND ended_at IS NULL");
}
