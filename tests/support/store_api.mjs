// The store API by plain HTTP, for tests that need to see every status and to send what no SDK would.

import assert from "node:assert/strict";
import { send } from "./http.mjs";

export class StoreApi {
  constructor(shop) {
    this.shop = shop;
  }
  get(path) {
    return send(`${this.shop.url}/store${path}`);
  }
  post(path, json = {}) {
    return send(`${this.shop.url}/store${path}`, { json });
  }
  delete(path) {
    return send(`${this.shop.url}/store${path}`, { method: "DELETE" });
  }

  async region(currency = "eur") {
    const { regions } = (await this.get("/regions")).json;
    return regions.find((region) => region.currency_code === currency);
  }

  // A cart with everything an order needs but its payment.
  async readyCart({ sku, quantity = 1, email, region, option }) {
    region ??= (this.knownRegion ??= await this.region());
    const variant_id = `variant_${(this.variants ??= {})[sku] ??= this.shop.variant(sku)}`;
    const created = await this.post("/carts", {
      region_id: region.id, email, shipping_address: addressIn("de"), items: [{ variant_id, quantity }],
    });
    assert.equal(created.status, 200, created.text);
    const { cart } = created.json;
    option ??= (this.knownOption ??= (await this.get(`/shipping-options?cart_id=${cart.id}`)).json.shipping_options[0]);
    const shipped = await this.post(`/carts/${cart.id}/shipping-methods`, { option_id: option.id });
    assert.equal(shipped.status, 200, shipped.text);
    return shipped.json.cart;
  }

  // Opens the payment: here the pending order is placed and its stock held.
  async openPayment(cartId, provider = "pp_system_default") {
    const collection = await this.post("/payment-collections", { cart_id: cartId });
    if (collection.status !== 200) return collection;
    return this.post(`/payment-collections/${collection.json.payment_collection.id}/payment-sessions`, { provider_id: provider });
  }

  complete(cartId) {
    return this.post(`/carts/${cartId}/complete`);
  }

  // Payment and completion in one; the answer that was the last.
  async buy(cartId, provider) {
    const opened = await this.openPayment(cartId, provider);
    return opened.status === 200 ? this.complete(cartId) : opened;
  }
}

export function addressIn(country) {
  return country === "us"
    ? { first_name: "Grace", last_name: "Moore", address_1: "12 Elm Street", city: "San Francisco", postal_code: "94103", province: "CA", country_code: "us" }
    : { first_name: "Ada", last_name: "Lindner", address_1: "Torstraße 12", city: "Berlin", postal_code: "10119", country_code: "de" };
}

// Runs `work` for each item, at most `width` at a time; results in order.
export async function inParallel(items, width, work) {
  const results = new Array(items.length);
  let next = 0;
  await Promise.all(Array.from({ length: Math.min(width, items.length) }, async () => {
    while (next < items.length) {
      const index = next++;
      results[index] = await work(items[index], index);
    }
  }));
  return results;
}
