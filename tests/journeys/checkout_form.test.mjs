// The checkout form when something is missing or wrong.

import assert from "node:assert/strict";
import { after, test } from "node:test";
import { leave, visit } from "../support/browser.mjs";
import { openShop } from "../support/shop.mjs";
import { addToCart, fillCheckout, german, goToCheckout, order, reachPayment, settle } from "../support/shopping.mjs";

const shop = await openShop();
after(() => shop.close());

// The browser's own checks would stop most of it; the shop may not rely on them.
const dropBrowserChecks = (page) => page.evaluate(() => { document.querySelector("#checkout-form").noValidate = true; });

test("What is wrong is listed, leads to its field, and keeps what was typed", { timeout: 60_000 }, async () => {
  const page = await visit(shop);
  const shopper = german();
  await addToCart(page, "soap-bar", { sku: "SOAP-ROSE" });
  await goToCheckout(page);
  await fillCheckout(page, { ...shopper, email: "not an address", city: "" });
  await dropBrowserChecks(page);
  await order(page);
  await page.waitForSelector("[role=alert] a[href='#email']");
  assert.equal(await page.inputValue("#email"), "not an address");
  assert.equal(await page.inputValue("#line1"), shopper.line1);
  assert.equal(await page.getAttribute("#email", "aria-invalid"), "true");
  assert.equal(await page.getAttribute("#city", "aria-invalid"), "true");
  assert.equal(await page.getAttribute("#postal_code", "aria-invalid"), null);
  const describedBy = await page.getAttribute("#email", "aria-describedby");
  assert.ok((await page.textContent(`#${describedBy}`)).length > 5);
  const listed = await page.locator("[role=alert] a").evaluateAll((links) => links.map((link) => link.getAttribute("href")));
  assert.deepEqual(listed, ["#email", "#city"], "in the order of the page");
  await page.click("[role=alert] a[href='#city']");
  assert.equal(await page.evaluate(() => document.activeElement.id), "city");
  assert.equal(shop.orders().length, 0, "nothing was ordered");

  await fillCheckout(page, shopper);
  await order(page);
  await reachPayment(page);
  await leave(page);
});

test("An American address needs its state", { timeout: 60_000 }, async () => {
  const page = await visit(shop, { prefix: "/en-us" });
  await addToCart(page, "soap-bar", { sku: "SOAP-ROSE" });
  await goToCheckout(page);
  await fillCheckout(page, { ...german(), country: "US" });
  await dropBrowserChecks(page);
  await order(page);
  await page.waitForSelector("[role=alert] a[href='#province']");
  await leave(page);
});

test("Another country changes taxes and delivery at once, without a reload (hardening 78)", { timeout: 60_000 }, async () => {
  const page = await visit(shop);
  await addToCart(page, "dipped-mug", { sku: "MUG-DIP-SAGE" });
  await goToCheckout(page);
  await page.fill("#email", "half@example.com");
  await page.evaluate(() => { window.isSamePage = true; });
  await page.selectOption("#country", "AT");
  await settle(page);
  await page.waitForFunction(() => document.querySelector(".summary").textContent.includes("20"));
  assert.ok(await page.evaluate(() => window.isSamePage));
  assert.equal(await page.inputValue("#email"), "half@example.com");
  assert.match(await page.textContent(".summary"), /5\.49/, "20 % out of 28.00 and out of 4.90");
  await leave(page);
});
