// Buyers who keep buying while the house burns, and remember every order they were told they have and every payment they made.
//
// A buyer whom an answer did not reach asks again for the same cart, as people do, until there is an answer: one cart is to be one
// order, however often it was asked for.

import { setTimeout as sleep } from "node:timers/promises";
import { send } from "../support/http.mjs";
import { eventually } from "../support/shop.mjs";
import { StoreApi } from "../support/store_api.mjs";

const skus = ["SOAP-ROSE", "SOAP-SAGE", "TAPER-5", "MUG-DIP-SAGE"];
export const scarce = { sku: "PLATE-SET-4", units: 25 };

export class Load {
  // Every third buyer pays by card; every fifth cart is of the scarce goods.
  constructor(shop, buyers = 8) {
    this.shop = shop;
    this.api = new StoreApi(shop);
    this.acknowledged = [];
    this.paid = [];  // {email, intent, amount}: the provider has said so to the buyer.
    this.refused = 0;
    this.failures = 0;
    this.statuses = {};  // What shoppers were answered, and how often.
    this.slowest = 0;    // Milliseconds until an answer.
    this.lastFailure = undefined;
    this.lastAt = Date.now();  // Of the last acknowledged order.
    this.isOver = false;
    this.name = `load-${process.pid}-${++Load.#count}`;
    for (const sku of skus) shop.setStock(sku, 1_000_000);
    shop.setStock(scarce.sku, shop.stock(scarce.sku).committed + scarce.units);
    for (const sku of [...skus, scarce.sku]) (this.api.variants ??= {})[sku] = shop.variant(sku);
    this.buyers = Array.from({ length: buyers }, (_, index) => this.#buy(index));
  }
  static #count = 0;

  async #buy(index) {
    for (let round = 0; !this.isOver; ++round) {
      const wish = {
        email: `${this.name}-${index}-${round}@example.com`,
        sku: (index + round) % 5 === 0 ? scarce.sku : skus[(index + round) % skus.length],
        provider: index % 3 === 2 ? "pp_stripe_stripe" : "pp_system_default",
      };
      try {
        wish.cart = (await this.api.readyCart(wish)).id;
      } catch (error) {
        await this.#fail(error.message);
        continue;
      }
      while (!(await this.#tryToBuy(wish)) && !this.isOver);
    }
  }

  // True when there is nothing more to ask for.
  async #tryToBuy(wish) {
    try {
      const opened = await this.#timed(this.api.openPayment(wish.cart, wish.provider));
      if (opened.status >= 400 && opened.status < 500) return this.#refuse(opened);
      if (opened.status !== 200) return await this.#fail(`${opened.status} ${opened.text.slice(0, 200)}`);
      if (wish.provider === "pp_stripe_stripe" && !wish.isPaid) await this.#pay(wish, opened.json.payment_collection.payment_sessions[0].data.client_secret);
      const answer = await this.#timed(this.api.complete(wish.cart));
      if (answer.status !== 200 || answer.json.type !== "order") return await this.#fail(`${answer.status} ${answer.text.slice(0, 200)}`);
      const { id, total } = answer.json.order;
      this.acknowledged.push({ email: wish.email, id, total, at: Date.now() });
      this.lastAt = Date.now();
      return true;
    } catch (error) {
      return await this.#fail(error.message);
    }
  }

  async #timed(request) {
    const began = Date.now();
    const answer = await request;
    this.slowest = Math.max(this.slowest, Date.now() - began);
    this.statuses[answer.status] = (this.statuses[answer.status] ?? 0) + 1;
    return answer;
  }

  async #pay(wish, secret) {
    const intent = secret.split("_secret_")[0];
    const answer = await send(`${this.shop.payments}/v1/payment_intents/${intent}/confirm`, {
      form: { payment_method: "pm_card_visa", return_url: this.shop.url }, headers: { authorization: "Bearer sk_test_simulator" },
    });
    if (answer.status !== 200 || answer.json.status !== "succeeded") throw new Error(`the payment was answered ${answer.status} ${answer.text.slice(0, 200)}`);
    wish.isPaid = true;
    this.paid.push({ email: wish.email, intent, amount: answer.json.amount_received });
  }

  // Sold out, as a rule.
  #refuse(answer) {
    ++this.refused;
    if (answer.json.code !== "insufficient_inventory") this.lastFailure = `${answer.status} ${answer.text.slice(0, 200)}`;
    return true;
  }

  async #fail(what) {
    ++this.failures;
    this.lastFailure = what;
    await sleep(20);
    return false;
  }

  // Waits until so many more orders have been acknowledged.
  async more(count, { seconds = 30 } = {}) {
    const goal = this.acknowledged.length + count;
    const what = () => `${goal} orders; there are ${this.acknowledged.length}, and ${this.failures} tries failed, the last: ${this.lastFailure}`;
    await eventually("orders", () => this.acknowledged.length >= goal, { seconds, every: 10 }).catch(() => { throw new Error(`waited in vain for ${what()}`); });
  }

  // The longest time since then in which no order was acknowledged, in milliseconds.
  longestGap(since) {
    const times = this.acknowledged.map(({ at }) => at).filter((at) => at > since - 1_000).sort((left, right) => left - right);
    return Math.max(...times.slice(1).map((at, index) => at - times[index]));
  }

  async stop() {
    this.isOver = true;
    await Promise.all(this.buyers);
  }

  // Which acknowledged orders the database does not have as they were told.
  missing(shop = this.shop) {
    return missingFrom(this.acknowledged, shop.orders("o.status = 'placed'"));
  }
}

export function missingFrom(acknowledged, placed) {
  const kept = new Map(placed.map((order) => [order.email, order]));
  return acknowledged.filter(({ email, total }) => kept.get(email)?.total_minor !== Math.round(total * 100));
}
