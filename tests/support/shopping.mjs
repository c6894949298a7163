// What shoppers do, in one word each. Found by field names, so that every language is the same.

import assert from "node:assert/strict";
import { go } from "./browser.mjs";

export const cards = {
  good: "4242 4242 4242 4242",
  declined: "4000 0000 0000 0002",
  secure: "4000 0000 0000 3220",
};

let count = 0;
export function newEmail() {
  return `shopper-${process.pid}-${++count}@example.com`;
}

export function german(email = newEmail()) {
  return { email, name: "Ada Lindner", line1: "Torstraße 12", postal_code: "10119", city: "Berlin", country: "DE" };
}
export function american(email = newEmail()) {
  return { email, name: "Grace Moore", line1: "12 Elm Street", postal_code: "94103", city: "San Francisco", country: "US", province: "CA" };
}

// From the product's page into the cart.
export async function addToCart(page, handle, { sku, quantity = 1 } = {}) {
  await go(page, `/p/${handle}${sku ? `?variant=${sku}` : ""}`);
  await page.fill("#quantity", String(quantity));
  await page.click(".buy-row button[type=submit]");
  await page.waitForURL("**/cart");
}

export async function goToCheckout(page) {
  await go(page, "/checkout");
}

export async function fillCheckout(page, shopper, { payment = "stripe" } = {}) {
  const { country, province, ...texts } = shopper;
  if ((await page.inputValue("#country")) !== country) {
    await page.selectOption("#country", country);
    await settle(page);
  }
  for (const [name, value] of Object.entries(texts)) await page.fill(`#${name}`, value);
  if (province) {
    await page.selectOption("#province", province);
    await settle(page);
  }
  const delivery = page.locator("input[name=shipping_option]").first();
  if (!(await delivery.isChecked())) {
    await delivery.check();
    await settle(page);
  }
  await page.check(`input[name=payment][value=${payment}]`);
}

// Waits until what was sent in the background has been put in place.
export async function settle(page) {
  await page.waitForLoadState("networkidle");
  await page.waitForFunction(() => !document.querySelector("[aria-busy=true]"));
}

export async function order(page) {
  await page.click("button[name=order]");
}

// The shopper is on the provider's page.
export async function reachPayment(page) {
  await page.waitForURL(`${page.shop.payments}/c/pay/**`);
}

export async function payByCard(page, number) {
  await page.fill("#cardNumber", number);
  await page.fill("#cardExpiry", "12 / 34");
  await page.fill("#cardCvc", "123");
  await page.fill("#billingName", "Ada Lindner");
  await page.click("#submit");
}

export async function reachThanks(page) {
  await page.waitForURL(/\/orders\/[^/?]+/);
  return /\/orders\/([^/?]+)/.exec(page.url())[1];
}

// All of it: one product into the cart, checkout, to the provider's page.
export async function shopUntilPayment(page, { handle, sku, quantity, shopper }) {
  await addToCart(page, handle, { sku, quantity });
  await goToCheckout(page);
  await fillCheckout(page, shopper);
  await order(page);
  await reachPayment(page);
}

// "€1,234.50" or "1.234,50 €" in minor units.
export function minorOf(text) {
  const digits = /\d[\d.,  ]*\d|\d/.exec(text);
  assert.ok(digits, `an amount in "${text}"`);
  return Number(digits[0].replace(/\D/g, ""));
}
