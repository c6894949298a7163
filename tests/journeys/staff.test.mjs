// People who work in the shop: how they come in, what they may do, and how they are kept out.

import assert from "node:assert/strict";
import { after, test } from "node:test";
import { leave, shoot } from "../support/browser.mjs";
import { send } from "../support/http.mjs";
import { openShop, eventually } from "../support/shop.mjs";
import { expectAccessible } from "../support/accessible.mjs";
import * as staff from "../support/staff.mjs";

const shop = await openShop();
after(() => shop.close());

const actions = (kind) => shop.rows(`SELECT action FROM audit.entries WHERE object_kind = '${kind}' ORDER BY position`).map((row) => row.action);

// The link of the newest mail to somebody.
async function invitationOf(address) {
  const mail = await eventually(`an invitation for ${address}`, async () =>
    (await shop.mailsTo(address)).find((each) => /invitation/i.test(each.text)));
  return mail.text.match(/http:\/\/\S+\/admin\/invitation\/\S+/)[0];
}

let owner;

test("Who is invited from the console sets a password and an app, and is in", async () => {
  const added = shop.run("staff", "add", "--email", "ada@example.com", "--name", "Ada Owner", "--owner");
  assert.equal(added.status, 0, added.errors);
  const link = added.output.split("\n")[0];
  owner = await staff.visitPortal(shop);
  await owner.goto(link);
  await shoot(owner, "staff-invitation");
  await expectAccessible(owner);
  await staff.typePassword(owner, "short");
  assert.match(await owner.locator("#form-errors").innerText(), /at least 8/);
  await staff.typePassword(owner, "ada@example.com");
  assert.match(await owner.locator("#form-errors").innerText(), /name or e-mail/);
  await staff.typePassword(owner);
  assert.equal(await staff.heading(owner), "Set up your second factor");
  await shoot(owner, "staff-set-up");
  await expectAccessible(owner);

  // Half a session opens nothing else (hardening 39).
  await owner.portal("/admin/account");
  assert.equal(await staff.heading(owner), "Sign in");
  await owner.portal("/admin/sign-in/second-factor");
  owner.app = await staff.setUpApp(owner);
  await owner.portal("/admin");
  assert.equal(await staff.heading(owner), "Welcome, Ada Owner");
  await shoot(owner, "staff-home");
  await expectAccessible(owner);

  // The link worked once.
  assert.equal((await send(link)).status, 404);
  assert.ok(actions("staff_member").includes("staff_member.signed_in"));
});

test("The session's cookie is for the portal alone, and every answer is kept by nobody", async () => {
  const cookie = (await owner.context().cookies(shop.admin)).find(({ name }) => name === "adm");
  assert.equal(cookie.httpOnly, true);
  assert.equal(cookie.sameSite, "Strict");
  const answer = await send(`${shop.admin}/admin`, { headers: { cookie: `adm=${cookie.value}` } });
  assert.equal(answer.status, 200);
  assert.equal(answer.headers["cache-control"], "no-store");
  assert.equal(answer.headers["content-encoding"], undefined);
  assert.match(answer.headers["content-security-policy"], /frame-ancestors 'none'/);
  assert.equal(answer.headers["x-content-type-options"], "nosniff");
  // Another host's name leads nowhere, and a customer's cookie opens nothing.
  assert.equal((await send(`${shop.admin}/admin`, { headers: { host: "evil.example" } })).status, 421);
  for (const name of ["sid", "__Host-sid"])
    assert.equal((await send(`${shop.admin}/admin`, { headers: { cookie: `${name}=${cookie.value}` } })).status, 303);
  // There is no portal at the shop's address.
  assert.equal((await send(`${shop.url}/admin`, { headers: { cookie: `adm=${cookie.value}` } })).status, 404);
});

test("Forms of others, without a token or with an old one are refused (hardening 32, 33)", async () => {
  const cookie = (await owner.context().cookies(shop.admin)).find(({ name }) => name === "adm");
  const post = (headers, form) => send(`${shop.admin}/admin/account/language`, { headers: { cookie: `adm=${cookie.value}`, ...headers }, form });
  assert.equal((await post({}, { language: "de" })).status, 403, "it does not say where it comes from");
  assert.equal((await post({ origin: "null" }, { language: "de" })).status, 403);
  assert.equal((await post({ origin: "https://evil.example" }, { language: "de" })).status, 403);
  const own = { origin: shop.admin };
  for (const form of [{ language: "de" }, { language: "de", form_token: "" }, { language: "de", form_token: "A".repeat(43) }])
    assert.equal((await post(own, form)).status, 403, JSON.stringify(form));
  const foreign = await send(`${shop.admin}/admin/sign-in`, { headers: { origin: "https://evil.example" }, form: { email: "a", password: "b" } });
  assert.equal(foreign.status, 403, "nobody is signed in by another's form");
});

test("Everybody reads the portal in their language, and sees where they are signed in", async () => {
  await owner.portal("/admin/account");
  await shoot(owner, "staff-account");
  await expectAccessible(owner);
  await owner.getByLabel("Language of the portal").selectOption("de");
  await owner.getByRole("button", { name: "Save" }).click();
  assert.equal(await staff.heading(owner), "Ihr Konto");
  await owner.locator("#language").selectOption("en");
  await owner.getByRole("button", { name: "Speichern" }).click();
  assert.equal(await staff.heading(owner), "Your account");
});

test("Somebody who manages staff invites by mail; a passkey is a second factor, and signs in alone", async () => {
  await owner.portal("/admin/staff/new");
  await owner.getByLabel("Name", { exact: true }).fill("Bob Support");
  await owner.getByLabel("E-mail").fill("bob@example.com");
  await owner.getByRole("checkbox", { name: /^Support/ }).check();
  await shoot(owner, "staff-invite");
  await expectAccessible(owner);
  await owner.getByRole("button", { name: "Send the invitation" }).click();
  assert.equal(await staff.heading(owner), "Bob Support");
  assert.match(await owner.locator(".notice").innerText(), /on its way/);
  await shoot(owner, "staff-member");
  await expectAccessible(owner);

  const bob = await staff.visitPortal(shop);
  await staff.addAuthenticator(bob);
  await bob.goto(await invitationOf("bob@example.com"));
  await staff.typePassword(bob);
  await staff.setUpPasskey(bob);
  await bob.portal("/admin");
  assert.equal(await staff.heading(bob), "Welcome, Bob Support");
  await bob.portal("/admin/staff", 403);
  await bob.portal("/admin/account");
  // The browser offers the passkey where the e-mail is typed, and this authenticator says yes to everything.
  await bob.getByRole("button", { name: "Sign out" }).first().click();
  await bob.waitForURL(`${shop.admin}/admin`);
  assert.equal(await staff.heading(bob), "Welcome, Bob Support");
  assert.deepEqual(shop.row("SELECT methods FROM identity.sessions WHERE ended_at IS NULL ORDER BY created_at DESC LIMIT 1").methods, ["hwk"]);

  // Out within a second of being disabled (hardening 30).
  await owner.portal("/admin/staff");
  await shoot(owner, "staff-list");
  await expectAccessible(owner);
  await owner.getByRole("link", { name: "Bob Support" }).click();
  await owner.getByLabel("Reason").fill("left the company");
  await owner.getByRole("button", { name: "Disable" }).click();
  assert.match(await owner.locator(".notice").innerText(), /signed out everywhere/);
  await new Promise((done) => setTimeout(done, 1000));
  const cookie = (await bob.context().cookies(shop.admin)).find(({ name }) => name === "adm");
  const refused = await send(`${shop.admin}/admin`, { headers: { cookie: `adm=${cookie.value}` } });
  assert.equal(refused.status, 303);
  assert.match(refused.headers.location, /^\/admin\/sign-in/);
  await bob.portal("/admin");
  await bob.getByText("could not be checked").first().waitFor();
  assert.match(bob.url(), /sign-in/, "a passkey opens nothing either");
  await bob.context().close();
});

test("What changes rights asks who has not proved lately who they are", async () => {
  staff.letProofAge(shop);
  await new Promise((done) => setTimeout(done, 1000));
  await owner.portal("/admin/roles/new");
  assert.equal(await staff.heading(owner), "Please confirm that it is you");
  await shoot(owner, "staff-confirm");
  await expectAccessible(owner);
  await owner.getByLabel("Six-digit code from your app").fill(await owner.app.code());
  await owner.getByRole("button", { name: "Continue" }).click();
  assert.equal(await staff.heading(owner), "New role");
  await owner.getByLabel("Name", { exact: true }).fill("Packing");
  await owner.getByLabel("Description").fill("Sends parcels.");
  await owner.getByRole("checkbox", { name: /^See orders/ }).check();
  await shoot(owner, "staff-role");
  await expectAccessible(owner);
  await owner.getByRole("button", { name: "Save" }).click();
  await owner.getByRole("link", { name: "Packing" }).waitFor();
  await shoot(owner, "staff-roles");
  await expectAccessible(owner);
  assert.deepEqual(actions("role"), ["role.added"]);
});

test("The last owner stays, and the console mends what is lost", async () => {
  const refused = shop.run("staff", "disable", "--email", "ada@example.com", "--reason", "a test");
  assert.equal(refused.status, 1);
  assert.match(refused.errors, /last active owner/);
  const demoted = shop.run("staff", "roles", "--email", "ada@example.com", "--role", "Support");
  assert.equal(demoted.status, 1);
  const unknown = shop.run("staff", "roles", "--email", "ada@example.com", "--role", "Emperor");
  assert.match(unknown.errors, /no role Emperor/);
  assert.match(shop.run("staff", "list").output, /ada@example.com: Ada Owner, active, Owner, second factor\nbob@example.com: Bob Support, disabled, Support/);
  assert.equal(shop.run("staff", "reset-factor", "--email", "ada@example.com", "--reason", "phone lost").status, 0);
  await new Promise((done) => setTimeout(done, 1000));
  await staff.signIn(owner, "ada@example.com");
  assert.equal(await staff.heading(owner), "Set up your second factor");
  owner.app = await staff.setUpApp(owner);
  await owner.portal("/admin");
  assert.equal(await staff.heading(owner), "Welcome, Ada Owner");
  assert.ok(await eventually("they are told by mail", async () => (await shop.mailsTo("ada@example.com")).some(({ subject }) => /removed/.test(subject))));
});

test("A wrong password says nothing about who is there, and is tried five times a minute (hardening 27, 28)", async () => {
  const stranger = await staff.visitPortal(shop);
  await stranger.portal("/admin/sign-in");
  await stranger.getByRole("button", { name: "Sign in with a passkey" }).waitFor();
  await shoot(stranger, "staff-sign-in");
  await expectAccessible(stranger);
  const said = async (email) => {
    await staff.signIn(stranger, email, "wrong password");
    return stranger.locator("#form-errors").innerText();
  };
  const known = await said("ada@example.com");
  assert.equal(await said("nobody@example.com"), known);
  assert.equal(await said("bob@example.com"), known, "a disabled member");
  for (let i = 0; i < 4; i += 1) await said("ada@example.com");
  assert.match(await said("ada@example.com"), /too many/);
  await leave(stranger);
});
