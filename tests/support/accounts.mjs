// Customers' accounts, by browser and by plain requests.

import assert from "node:assert/strict";
import { eventually } from "./shop.mjs";
import { Shopper } from "./http.mjs";
import { newEmail } from "./shopping.mjs";

// Tests come from one address, and are more than one household.
export const unthrottled = { OSIER_LIMITS_EXEMPT: "127.0.0.1,::1" };

export const goodPassword = "seven lamps above the harbour";
export const otherPassword = "a kettle sings in the morning";

// The path of the link in the newest mail to the address whose subject fits; waits for it.
export async function linkIn(shop, email, subject) {
  const mail = await eventually(`a mail to ${email} about ${subject}`,
    async () => (await shop.mailsTo(email)).find((each) => subject.test(each.subject)));
  const [, url] = /href="(http[^"]*\/account\/[^"]*token=[^"]*)"/.exec(mail.html) ?? [];
  assert.ok(url, `a link in ${mail.html}`);
  assert.ok(url.startsWith(shop.url), "the link leads to the shop's configured address");
  return url.slice(shop.url.length);
}
export const tokenOf = (path) => new URL(path, "http://shop").searchParams.get("token");

// The form token that stands on a page.
export async function formToken(shopper, path) {
  const page = await shopper.get(path);
  assert.equal(page.status, 200, `${path}: ${page.text}`);
  return /name="form_token" value="([^"]+)"/.exec(page.text)[1];
}

// A shopper with a verified account, signed in.
export async function newCustomer(shop, { email = newEmail(), password = goodPassword, given_name = "Ada", family_name = "" } = {}) {
  const shopper = new Shopper(shop);
  const registered = await shopper.post("/account/register", { email, password, given_name, family_name });
  assert.equal(registered.status, 200, registered.text);
  const token = tokenOf(await linkIn(shop, email, /Confirm/));
  const verified = await shopper.post("/account/verify", { token, password });
  assert.equal(verified.status, 303, verified.text);
  Object.assign(shopper, { email, password });
  return shopper;
}

export function signIn(shopper, email, password, more = {}) {
  return shopper.post("/account/sign-in", { email, password, ...more });
}
