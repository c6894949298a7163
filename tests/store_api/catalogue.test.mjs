// Reading the catalogue as Medusa's Store API hands it out.

import assert from "node:assert/strict";
import { after, test } from "node:test";
import { openShop } from "../support/shop.mjs";
import { StoreApi } from "../support/store_api.mjs";

const shop = await openShop();
after(() => shop.close());
const api = new StoreApi(shop);

async function get(path) {
  const answer = await api.get(path);
  assert.equal(answer.status, 200, `${path}: ${answer.text}`);
  return answer.json;
}

test("Regions are the markets, with their countries", async () => {
  const { regions, count } = await get("/regions");
  assert.equal(count, 2);
  const eu = regions.find(({ currency_code }) => currency_code === "eur");
  assert.match(eu.id, /^reg_/);
  assert.ok(eu.countries.some(({ iso_2 }) => iso_2 === "de"));
  assert.equal((await get(`/regions/${eu.id}`)).region.id, eu.id);
});

test("Products come in pages that together are all of them, once", async () => {
  const published = shop.rows("SELECT 1 FROM catalog.products WHERE status = 'published'").length;
  const ids = new Set();
  for (let offset = 0; offset < published; offset += 7) {
    const { products, count, limit, offset: told } = await get(`/products?limit=7&offset=${offset}`);
    assert.deepEqual([count, limit, told], [published, 7, offset]);
    for (const { id } of products) ids.add(id);
  }
  assert.equal(ids.size, published);
});

test("Products are found by handle, words, category and collection", async () => {
  const one = await get("/products?handle=dipped-mug");
  assert.deepEqual(one.products.map(({ handle }) => handle), ["dipped-mug"]);
  const mug = one.products[0];
  assert.match(mug.id, /^prod_/);
  assert.equal(mug.variants.length, 3);
  assert.equal((await get(`/products/${mug.id}`)).product.title, "Dipped mug");
  assert.ok((await get("/products?q=mug")).products.some(({ handle }) => handle === "dipped-mug"));
  const { product_categories } = await get("/product-categories");
  const tableware = product_categories.find(({ handle }) => handle === "tableware");
  const inCategory = await get(`/products?category_id=${tableware.id}`);
  assert.ok(inCategory.products.some(({ id }) => id === mug.id));
  assert.ok(inCategory.count < 26);
  assert.equal((await get(`/products?category_id[]=${tableware.id}`)).count, inCategory.count);
  const { collections } = await get("/collections");
  const gifts = collections.find(({ handle }) => handle === "gifts");
  assert.ok((await get(`/products?collection_id=${gifts.id}`)).products.some(({ id }) => id === mug.id));
  assert.equal((await get(`/collections/${gifts.id}`)).collection.id, gifts.id);
  assert.equal((await get(`/product-categories/${tableware.id}`)).product_category.id, tableware.id);
});

test("Products are sorted by title, forwards and backwards", async () => {
  const titles = async (order) => (await get(`/products?order=${order}&limit=100`)).products.map(({ title }) => title);
  const forwards = await titles("title");
  assert.deepEqual(await titles("-title"), [...forwards].reverse());
});

test("Fields are chosen, added and left out", async () => {
  const chosen = (await get("/products?handle=dipped-mug&fields=id,title,variants.sku")).products[0];
  assert.deepEqual(Object.keys(chosen).sort(), ["id", "title", "variants"]);
  assert.equal(chosen.variants[0].sku, "MUG-DIP-SAGE");
  const less = (await get("/products?handle=dipped-mug&fields=-description")).products[0];
  assert.ok(!("description" in less));
  assert.ok("title" in less);
  const { id } = await api.region();
  const priced = (await get(`/products?handle=dipped-mug&region_id=${id}&fields=*variants.calculated_price,+variants.inventory_quantity`)).products[0];
  assert.equal(priced.variants[0].calculated_price.calculated_amount, 28);
  assert.equal(priced.variants[0].calculated_price.currency_code, "eur");
});

test("What is not there is 404 in Medusa's shape", async () => {
  const zeros = "0".repeat(32);
  for (const path of [`/products/prod_${zeros}`, `/regions/reg_${zeros}`, `/product-categories/pcat_${zeros}`, `/carts/cart_${zeros}`, `/orders/order_${zeros}`, "/no-such-thing"]) {
    const answer = await api.get(path);
    assert.equal(answer.status, 404, path);
    assert.equal(answer.json.type, "not_found", path);
    assert.ok(answer.json.message, path);
  }
});
