// Buyers who keep buying while the house burns, and remember every order they were told they have.

import { setTimeout as sleep } from "node:timers/promises";
import { StoreApi } from "../support/store_api.mjs";

const skus = ["SOAP-ROSE", "SOAP-SAGE", "TAPER-5", "MUG-DIP-SAGE"];

export class Load {
  constructor(shop, buyers = 8) {
    this.api = new StoreApi(shop);
    this.acknowledged = [];
    this.failures = 0;
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
        else ++this.failures;
      } catch {
        ++this.failures;
        await sleep(20);
      }
    }
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
