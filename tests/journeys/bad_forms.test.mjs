// Forms as no browser sends them: a clear 4xx page, and nothing is written.

import assert from "node:assert/strict";
import { after, test } from "node:test";
import { Shopper, send } from "../support/http.mjs";
import { openShop } from "../support/shop.mjs";

const shop = await openShop();
after(() => shop.close());

const variant = shop.variant("SOAP-ROSE");
const zeros = "0".repeat(32);

async function shopperWithCart() {
  const shopper = new Shopper(shop);
  await shopper.post("/cart/lines", { variant, quantity: "2" });
  const page = (await shopper.get("/cart")).text;
  return { shopper, line: /\/cart\/lines\/([0-9a-f]{32})/.exec(page)[1] };
}

const picture = () => JSON.stringify(shop.rows(`SELECT (SELECT count(*) FROM checkout.carts) AS carts, (SELECT sum(quantity) FROM checkout.cart_lines) AS units,
  (SELECT count(*) FROM orders.orders) AS orders, (SELECT sum(committed) FROM inventory.stock_levels) AS committed`));

const badQuantities = ["", "0", "-1", "1.5", "10000", "99999999999999999999", "x", "1e3", " 2", "２", "NaN", "0x10"];

test("A piece is put into the cart only in a number that makes sense (hardening 66)", async () => {
  const before = picture();
  for (const quantity of badQuantities) {
    const answer = await new Shopper(shop).post("/cart/lines", { variant, quantity });
    assert.equal(answer.status, 400, `quantity "${quantity}"`);
    assert.match(answer.text, /quantity/i);
    assert.deepEqual(answer.cookies, []);
  }
  for (const bad of ["", "x", zeros, "x".repeat(5_000), "../../etc/passwd"]) {
    const answer = await new Shopper(shop).post("/cart/lines", { variant: bad, quantity: "1" });
    assert.ok([400, 404].includes(answer.status), `variant "${bad.slice(0, 20)}" is answered ${answer.status}`);
  }
  assert.equal(picture(), before);
});

test("A line's quantity changes only to a number that makes sense, and only in its own cart", async () => {
  const { shopper, line } = await shopperWithCart();
  const { shopper: stranger } = await shopperWithCart();
  const before = picture();
  for (const quantity of badQuantities.filter((each) => each !== "0")) {
    assert.equal((await shopper.post(`/cart/lines/${line}`, { quantity })).status, 400, `quantity "${quantity}"`);
  }
  assert.equal((await shopper.post(`/cart/lines/${line}`, { quantity: "9000" })).status, 409, "more than there is");
  for (const [who, id] of [[stranger, line], [shopper, zeros], [shopper, "x"], [new Shopper(shop), line]]) {
    assert.equal((await who.post(`/cart/lines/${id}`, { quantity: "5" })).status, 404);
  }
  assert.equal(picture(), before);
});

test("The checkout names every field that is missing, too long or unreadable", async () => {
  const { shopper } = await shopperWithCart();
  const before = picture();
  const good = { email: "a@example.com", name: "Ada", line1: "Weg 1", postal_code: "10119", city: "Berlin", country: "DE", payment: "manual", total: "1990", order: "1" };
  const required = ["email", "name", "line1", "postal_code", "city"];
  for (const field of [...required, "line2", "company", "phone"]) {
    const bad = ["x".repeat(5_000), "a\u0001b", ...(required.includes(field) ? ["", "   "] : [])];
    for (const value of bad) {
      const answer = await shopper.post("/checkout", { ...good, [field]: value });
      assert.equal(answer.status, 422, `${field} = "${value.slice(0, 10)}"`);
      assert.ok(answer.text.includes(`href="#${field}"`), `${field} is named`);
    }
  }
  for (const [field, value] of [["country", "XX"], ["country", "US"], ["payment", "gold"], ["payment", ""], ["shipping_option", ""], ["shipping_option", zeros], ["email", "a@b"], ["email", "a b@example.com"]]) {
    const answer = await shopper.post("/checkout", { ...good, [field]: value });
    assert.equal(answer.status, 422, `${field} = "${value}"`);
    assert.ok(answer.text.includes(`href="#${field}"`), `${field} = "${value}" is named`);
  }
  assert.equal(picture(), before);
});

test("A total that is not what the order costs orders nothing (hardening 68)", async () => {
  const { shopper } = await shopperWithCart();
  const page = (await shopper.get("/checkout")).text;
  const [, shipping_option] = /name="shipping_option" value="([0-9a-f]+)"/.exec(page);
  const good = { email: "a@example.com", name: "Ada", line1: "Weg 1", postal_code: "10119", city: "Berlin", country: "DE", payment: "manual", shipping_option, order: "1" };
  const before = picture();
  for (const total of ["", "0", "-1990", "1989", "19.90", "x", "99999999999999999999"]) {
    const answer = await shopper.post("/checkout", { ...good, total });
    assert.equal(answer.status, 409, `total "${total}"`);
  }
  assert.equal(picture(), before);
  assert.equal((await shopper.post("/checkout", { ...good, total: String(2 * 750 + 490) })).status, 303);
});

test("Bytes that are no text are refused by every form", async () => {
  const { shopper, line } = await shopperWithCart();
  const before = picture();
  const cookie = [...shopper.cookies].map(([name, value]) => `${name}=${value}`).join("; ");
  const headers = { "content-type": "application/x-www-form-urlencoded", origin: shop.url, cookie };
  for (const path of ["/cart/lines", `/cart/lines/${line}`, "/checkout"]) {
    for (const body of ["quantity=%ff%fe&variant=%ff&name=%ff&order=1", Buffer.from([0x71, 0x3d, 0xff]), "quantity=%zz&order=1", "quantity=1&quantity=2&variant=x&order=1", "a=b&".repeat(20_000)]) {
      const answer = await send(shop.url + path, { body, headers });
      assert.ok(answer.status >= 400 && answer.status < 500, `${path} with ${String(body).slice(0, 20)} is answered ${answer.status}`);
    }
  }
  assert.equal(picture(), before);
});

test("Another content type is no form", async () => {
  const before = picture();
  for (const type of ["application/json", "text/plain", "multipart/form-data; boundary=x"]) {
    const answer = await send(`${shop.url}/cart/lines`, { body: JSON.stringify({ variant, quantity: 1 }), headers: { "content-type": type, origin: shop.url } });
    assert.ok(answer.status >= 400 && answer.status < 500, `${type} is answered ${answer.status}`);
  }
  assert.equal(picture(), before);
});

test("Addresses that make no sense are 400 or 404", async () => {
  for (const path of ["/c/tableware?page=0", "/c/tableware?page=-1", "/c/tableware?page=x", "/c/tableware?sort=drop", "/c/tableware?min=abc", "/c/tableware?sort=newest&sort=newest",
    "/c/tableware?option.colour=%ff", "/search?q=%ff", "/p/%ff", "/p/..%2f..", "/orders/%00", `/${"x".repeat(9_000)}`]) {
    const answer = await send(shop.url + path);
    assert.ok([400, 404, 414].includes(answer.status), `${path.slice(0, 50)} is answered ${answer.status}`);
  }
});

test("A cookie that is no cart's is as good as none", async () => {
  for (const value of ["x", "A".repeat(22), "'; DROP TABLE carts", "%ff", "a".repeat(4_000)]) {
    const answer = await send(`${shop.url}/cart`, { headers: { cookie: `cart=${value}` } });
    assert.equal(answer.status, 200);
  }
});
