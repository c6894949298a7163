// Buyers who keep buying while the house burns, and remember every order they were told they have.

import { setTimeout as sleep } from "node:timers/promises";
import { eventually } from "../support/shop.mjs";
import { StoreApi } from "../support/store_api.mjs";

const skus = ["SOAP-ROSE", "SOAP-SAGE", "TAPER-5", "MUG-DIP-SAGE"];

export class Load {
  constructor(shop, buyers = 8) {
    this.api = new StoreApi(shop);
    this.acknowledged = [];
    this.failures = 0;
    this.lastFailure = undefined;
    this.isOver = false;
    for (const sku of skus) shop.setStock(sku, 1_000_000);
    this.buyers = Array.from({ length: buyers }, (_, index) => this.#buy(index));
  }

  async #buy(index) {
    for (let round = 0; !this.isOver; ++round) {
      const email = `load-${index}-${round}@example.com`;
      try {
        const cart = await this.api.readyCart({ sku: skus[(index + round) % skus.length], email });
        const answer = await this.api.buy(cart.id);
        if (answer.status === 200 && answer.json.type === "order") this.acknowledged.push({ email, id: answer.json.order.id, total: answer.json.order.total });
        else this.#fail(`${answer.status} ${answer.text.slice(0, 200)}`);
      } catch (error) {
        this.#fail(error.message);
        await sleep(20);
      }
    }
  }

  #fail(what) {
    ++this.failures;
    this.lastFailure = what;
  }

  // Waits until so many more orders have been acknowledged.
  async more(count) {
    const goal = this.acknowledged.length + count;
    const what = () => `${goal} orders; there are ${this.acknowledged.length}, and ${this.failures} tries failed, the last: ${this.lastFailure}`;
    await eventually("orders", () => this.acknowledged.length >= goal, { seconds: 30 }).catch(() => { throw new Error(`waited in vain for ${what()}`); });
  }

  async stop() {
    this.isOver = true;
    await Promise.all(this.buyers);
  }

  // Which acknowledged orders the database does not have as they were told.
  missing(shop) {
    const kept = new Map(shop.orders("o.status = 'placed'").map((order) => [order.email, order]));
    return this.acknowledged.filter(({ email, total }) => kept.get(email)?.total_minor !== Math.round(total * 100));
  }
}
