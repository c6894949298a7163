// Withdrawing from a contract, as Directive 2011/83/EU, article 11a wants it: found from every page, for guests, too.

import assert from "node:assert/strict";
import { after, test } from "node:test";
import { go, leave, visit, widths } from "../support/browser.mjs";
import { openShop } from "../support/shop.mjs";
import { newEmail } from "../support/shopping.mjs";

const shop = await openShop();
after(() => shop.close());

for (const javaScript of [true, false]) {
  test(`A guest withdraws from a contract ${javaScript ? "with" : "without"} JavaScript`, { timeout: 60_000 }, async () => {
    const email = newEmail();
    const page = await visit(shop, { javaScript, width: widths.phone });
    await go(page, "/p/serving-bowl");
    await page.click("footer a[href$='/withdraw']");
    await page.waitForURL("**/withdraw");
    await page.fill("#name", "Zoë O'Brien <b>李");
    await page.fill("#order_number", "1001");
    await page.fill("#email", email);
    await page.click("main button[type=submit]");

    assert.match(await page.textContent("h1"), /Withdraw from this contract/);
    assert.match(await page.textContent("main"), /Zoë O'Brien <b>李/);
    assert.match(await page.textContent("main"), /The whole order/);
    await page.click("text=Change");
    assert.equal(await page.inputValue("#name"), "Zoë O'Brien <b>李", "what was typed is kept");
    await page.fill("#goods", "One bowl");
    await page.click("main button[type=submit]");
    await page.click("text=Confirm withdrawal");

    assert.match(await page.textContent("h1"), /We have received your withdrawal/);
    assert.match(await page.textContent("main"), /One bowl/);
    const mail = await shop.mailTo(email);
    assert.match(mail.subject, /Receipt of your withdrawal, order 1001/);
    assert.match(mail.text, /Zoë O&#39;Brien &lt;b&gt;李/, "as the page of mails shows it");
    assert.match(mail.text, /One bowl/);
    assert.match(mail.text, /Received: .*\d{4}/);
    assert.ok(mail.html.includes("Zoë O&#39;Brien &lt;b&gt;李"), "escaped");
    await leave(page);
  });
}

test("Confirming twice is one declaration, and what is kept does not say who", { timeout: 60_000 }, async () => {
  const email = newEmail();
  const form = new URLSearchParams({
    id: "0193a000-0000-7000-8000-000000000001",
    name: "Cassandra Quillfeather",
    order_number: "1002",
    email,
    goods: "",
  });
  for (let i = 0; i < 2; ++i) {
    const answer = await fetch(`${shop.url}/withdraw/confirm`, { method: "POST", headers: { Origin: shop.url }, body: form });
    assert.equal(answer.status, 200);
    assert.match(answer.headers.get("cache-control"), /no-store/);
  }
  await shop.mailTo(email);
  assert.equal((await shop.mailsTo(email)).length, 1);
  const rows = shop.rows("SELECT * FROM orders.withdrawals WHERE id = '0193a000-0000-7000-8000-000000000001'");
  assert.equal(rows.length, 1);
  assert.doesNotMatch(Buffer.from(rows[0].declaration.slice(2), "hex").toString("latin1"), /Quillfeather/);
  assert.equal(shop.rows("SELECT count(*)::int FROM platform.outbox_events WHERE topic = 'order.withdrawn' AND payload::text LIKE '%Quill%'")[0].count, 0);
});

test("What is missing is named at its field, and nothing is kept", { timeout: 60_000 }, async () => {
  const before = shop.rows("SELECT count(*)::int FROM orders.withdrawals")[0].count;
  for (const [path, body, status] of [
    ["/withdraw", "name=&order_number=&email=", 422],
    ["/withdraw", "name=A&order_number=1&email=nobody", 422],
    ["/withdraw/confirm", "name=A&order_number=1&email=a%40example.org", 422],
    ["/withdraw/confirm", `id=x&name=A&order_number=1&email=a%40example.org`, 422],
    ["/withdraw", "name=%ff", 400],
    ["/us/withdraw", "name=A", 404],
  ]) {
    const answer = await fetch(shop.url + path, {
      method: "POST",
      headers: { Origin: shop.url, "Content-Type": "application/x-www-form-urlencoded" },
      body,
    });
    assert.equal(answer.status, status, `${path} ${body}`);
  }
  assert.equal(shop.rows("SELECT count(*)::int FROM orders.withdrawals")[0].count, before);
});

test("A reduction names the lowest price of the thirty days before it", { timeout: 60_000 }, async () => {
  const variants = "SELECT v.id FROM catalog.variants v JOIN catalog.products p ON p.id = v.product_id WHERE p.handle = 'serving-bowl'";
  shop.execute("UPDATE catalog.price_history SET known_from = known_from - interval '10 days'");
  shop.execute(`UPDATE catalog.prices SET amount_minor = amount_minor - 500, compare_at_minor = amount_minor + 2000 WHERE variant_id IN (${variants})`);
  const [{ was, now }] = shop.rows(`SELECT max(h.amount_minor)::int AS was, min(h.amount_minor)::int AS now FROM catalog.price_history h
    JOIN catalog.markets m ON m.id = h.market_id WHERE m.code = 'eu' AND h.variant_id IN (${variants})`);
  const page = await visit(shop);
  await go(page, "/p/serving-bowl");
  const money = (minor) => (minor / 100).toFixed(2);
  for (let i = 0; i < 40 && !(await page.textContent("main")).includes(money(now)); ++i) {
    await page.waitForTimeout(250);
    await page.reload();
  }
  const text = await page.textContent(".price >> nth=0");
  assert.ok(text.includes(money(now)), text);
  assert.match(text, new RegExp(`Lowest price of the 30 days before: €${money(was)}`));
  await leave(page);
});
