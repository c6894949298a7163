// What pages say by HTTP: the same for everybody, kept by caches, no cookie, strict policies.

import assert from "node:assert/strict";
import { brotliDecompressSync, gunzipSync } from "node:zlib";
import { after, test } from "node:test";
import { Shopper, send } from "../support/http.mjs";
import { openShop } from "../support/shop.mjs";

const shop = await openShop();
after(() => shop.close());

const publicPaths = ["/", "/de-eu", "/en-us", "/c/tableware", "/c/tableware?sort=newest", "/p/dipped-mug", "/de-eu/p/dipped-mug",
  "/search?q=mug", "/pages/imprint", "/sitemap.xml", "/robots.txt"];

test("Public pages are the same bytes for everybody and set no cookie", async () => {
  const shopper = new Shopper(shop);
  await shopper.post("/cart/lines", { variant: shop.variant("MUG-DIP-SAGE"), quantity: "1" });
  assert.ok(shopper.cookies.has("cart"));
  for (const path of publicPaths) {
    const [stranger, known] = [await send(shop.url + path), await shopper.get(path)];
    assert.equal(stranger.status, 200, path);
    assert.deepEqual(known.bytes, stranger.bytes, `${path} is the same with a cart`);
    assert.deepEqual(stranger.cookies, [], `${path} sets no cookie`);
    assert.deepEqual(known.cookies, [], `${path} sets no cookie`);
    assert.ok(!/no-store|private/.test(stranger.headers["cache-control"]), `${path} may be kept`);
  }
});

test("A page that has not changed is answered 304, and comes compressed as asked", async () => {
  const plain = await send(`${shop.url}/c/tableware`);
  const again = await send(`${shop.url}/c/tableware`, { headers: { "if-none-match": plain.headers.etag } });
  assert.equal(again.status, 304);
  assert.equal(again.bytes.length, 0);
  const br = await send(`${shop.url}/c/tableware`, { headers: { "accept-encoding": "gzip, br" } });
  assert.equal(br.headers["content-encoding"], "br");
  assert.deepEqual(brotliDecompressSync(br.bytes), plain.bytes);
  const gzip = await send(`${shop.url}/c/tableware`, { headers: { "accept-encoding": "gzip" } });
  assert.equal(gzip.headers["content-encoding"], "gzip");
  assert.deepEqual(gunzipSync(gzip.bytes), plain.bytes);
  assert.match(br.headers.vary, /accept-encoding/i);
});

test("What is the shopper's own comes from one call that nobody may keep", async () => {
  const shopper = new Shopper(shop);
  const empty = await shopper.get("/me.json");
  assert.equal(empty.json.cart_count, 0);
  assert.match(empty.headers["cache-control"], /no-store/);
  await shopper.post("/cart/lines", { variant: shop.variant("SOAP-ROSE"), quantity: "3" });
  assert.equal((await shopper.get("/me.json")).json.cart_count, 3);
  for (const path of ["/cart", "/checkout"]) assert.match((await shopper.get(path)).headers["cache-control"], /no-store/, path);
});

test("The cart's cookie is for this site only and out of scripts' reach", async () => {
  const answer = await new Shopper(shop).post("/cart/lines", { variant: shop.variant("SOAP-ROSE"), quantity: "1" });
  assert.equal(answer.status, 303);
  assert.match(answer.cookies[0], /^cart=.*; *HttpOnly/i);
  assert.match(answer.cookies[0], /SameSite=Lax/i);
  assert.match(answer.cookies[0], /Path=\//i);
});

test("Every page forbids foreign and inline scripts, frames and sniffing", async () => {
  for (const path of [...publicPaths.slice(0, 8), "/cart", "/no-such-page"]) {
    const { headers, text } = await send(shop.url + path);
    const policy = headers["content-security-policy"];
    assert.match(policy, /default-src 'none'|default-src 'self'/, path);
    assert.match(policy, /script-src 'self'/, path);
    assert.doesNotMatch(policy, /unsafe-inline|unsafe-eval/, path);
    assert.match(policy, /frame-ancestors 'none'/, path);
    assert.equal(headers["x-content-type-options"], "nosniff", path);
    assert.ok(headers["referrer-policy"], path);
    assert.doesNotMatch(text, /<script(?![^>]*(src=|application\/ld\+json))/, `${path} has no inline script`);
    assert.doesNotMatch(text, /\son[a-z]+="/, `${path} has no inline handler`);
  }
});

test("Products tell search engines what they are", async () => {
  const { text } = await send(`${shop.url}/p/dipped-mug`);
  const data = [...text.matchAll(/<script type="application\/ld\+json">([^]*?)<\/script>/g)].map(([, json]) => JSON.parse(json));
  const group = data.find((each) => ["ProductGroup", "Product"].includes(each["@type"]));
  assert.ok(group, "a product");
  assert.match(JSON.stringify(group), /"priceCurrency":"EUR"/);
  assert.ok(data.some((each) => each["@type"] === "BreadcrumbList"));
});

test("The sitemap names every product, and robots.txt names the sitemap", async () => {
  const robots = (await send(`${shop.url}/robots.txt`)).text;
  const [, sitemap] = /Sitemap: (\S+)/i.exec(robots);
  let text = (await send(sitemap)).text;
  for (const [, part] of text.matchAll(/<sitemap>\s*<loc>([^<]+)/g)) text += (await send(part)).text;
  for (const { handle } of shop.rows("SELECT handle FROM catalog.products WHERE status = 'published'")) {
    assert.ok(text.includes(`${shop.url}/p/${handle}<`), handle);
  }
});

test("Every picture of the home page is there in every format and width, and may be kept for ever", async () => {
  const { text } = await send(`${shop.url}/`);
  const urls = new Set([...text.matchAll(/(?:srcset|src)="([^"]+)"/g)].flatMap(([, list]) => list.split(",").map((each) => each.trim().split(" ")[0])));
  const pictures = [...urls].filter((url) => /\.(avif|webp|jpe?g)$/.test(url));
  for (const kind of ["avif", "webp", "jpg"]) assert.ok(pictures.some((url) => url.endsWith(kind)), kind);
  for (const url of pictures) {
    const picture = await send(new URL(url, shop.url));
    assert.equal(picture.status, 200, url);
    assert.match(picture.headers["cache-control"], /immutable/, url);
  }
  assert.doesNotMatch(text, /<img(?![^>]*\bwidth=)/, "every picture has its width");
  assert.doesNotMatch(text, /<img(?![^>]*\balt=)/, "and a text in its place");
});

test("A form that another site sends is refused", async () => {
  const variant = shop.variant("SOAP-ROSE");
  const foreign = await send(`${shop.url}/cart/lines`, { form: { variant, quantity: "1" }, headers: { origin: "https://evil.example" } });
  assert.equal(foreign.status, 403);
  const crossSite = await send(`${shop.url}/cart/lines`, { form: { variant, quantity: "1" }, headers: { "sec-fetch-site": "cross-site" } });
  assert.equal(crossSite.status, 403);
});
