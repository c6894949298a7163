// Links of mails, followed by many at once: each counts once.

import assert from "node:assert/strict";
import { after, test } from "node:test";
import { Shopper } from "../support/http.mjs";
import { openShop } from "../support/shop.mjs";
import { goodPassword, linkIn, newCustomer, otherPassword, signIn, tokenOf, unthrottled } from "../support/accounts.mjs";
import { newEmail } from "../support/shopping.mjs";

const shop = await openShop({ env: unthrottled });
after(() => shop.close());

const times = (count, work) => Promise.all(Array.from({ length: count }, (_, index) => work(index)));

test("hardening 40: of 50 who use one reset link at once, one sets the password", async () => {
  const customer = await newCustomer(shop);
  await new Shopper(shop).post("/account/forgot", { email: customer.email });
  const token = tokenOf(await linkIn(shop, customer.email, /new password/));
  const password = (index) => `${otherPassword} number ${index}`;
  const answers = await times(50, (index) => new Shopper(shop).post("/account/reset", { token, password: password(index) }));
  const won = answers.flatMap(({ status }, index) => (status === 303 ? [index] : []));
  assert.equal(won.length, 1, answers.map(({ status }) => status).join(" "));
  assert.ok(answers.every(({ status }) => [303, 400].includes(status)), "the others are told that the link is void");
  assert.equal((await signIn(new Shopper(shop), customer.email, password(won[0]))).status, 303);
});

test("hardening 49: of many registrations of one address, proved at once, one becomes the account", async () => {
  const email = newEmail();
  await times(3, () => new Shopper(shop).post("/account/register", { email, password: goodPassword }));
  const tokens = new Set();
  while (tokens.size < 3) {
    for (const mail of await shop.mailsTo(email)) tokens.add(/token=([\w-]+)/.exec(mail.html)[1]);
  }
  const answers = await Promise.all([...tokens, ...tokens].map((token) => new Shopper(shop).post("/account/verify", { token, password: goodPassword })));
  assert.equal(answers.filter(({ status }) => status === 303).length, 1, answers.map(({ status }) => status).join(" "));
  assert.equal(shop.row("SELECT count(*)::int AS n FROM identity.customers c WHERE email_index = (SELECT email_index FROM identity.customers ORDER BY created_at DESC LIMIT 1)").n, 1);
});
