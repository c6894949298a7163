// After a fault: what was promised against what is there. Every figure but the first three is to be zero.
//
//   acknowledged  orders that buyers were told they have
//   paid          payments that the provider has told buyers were made
//   lost          acknowledged orders that are not there as they were told
//   doubled       carts with more than one living order
//   oversold      units sold beyond what there was
//   homeless      payments at the provider that are neither a placed order's nor given back, or of another amount in our books
//   violations    lines of `osier verify`

import { eventually } from "../support/shop.mjs";
import { missingFrom } from "./load.mjs";

const oversold_sql = `
  SELECT coalesce(sum(greatest(sold.units - stock.on_hand, 0)), 0)::int AS units
    FROM (SELECT variant_id, sum(quantity - canceled_quantity) AS units
            FROM orders.order_lines JOIN orders.orders ON orders.id = order_id
           WHERE status IN ('pending', 'placed') GROUP BY variant_id) AS sold
    JOIN (SELECT variant_id, sum(on_hand + oversell_limit - unavailable) AS on_hand FROM inventory.stock_levels GROUP BY variant_id) AS stock USING (variant_id)`;

const doubled_sql = `
  SELECT contact.email, count(*)::int AS orders
    FROM orders.orders JOIN orders.order_contacts contact ON contact.order_id = orders.id
   WHERE orders.status IN ('pending', 'placed', 'completed')
   GROUP BY contact.email HAVING count(*) > 1`;

const payments_sql = `
  SELECT p.provider_payment_id AS intent, p.captured_minor, p.refunded_minor, o.status
    FROM payments.payments p LEFT JOIN orders.orders o ON o.id = p.payable_id
   WHERE p.provider_payment_id LIKE 'pi_%'`;

// What time alone would do, done now: unfinished work is due at once.
export function hasten(shop) {
  shop.execute(`
    UPDATE payments.payments SET next_poll_at = now() WHERE next_poll_at IS NOT NULL;
    UPDATE payments.refunds SET next_attempt_at = now() WHERE status = 'created';
    UPDATE platform.inbox_events SET next_attempt_at = now() WHERE processed_at IS NULL AND parked_at IS NULL;
    UPDATE platform.outbox_events SET next_attempt_at = now() WHERE delivered_at IS NULL AND parked_at IS NULL;
    UPDATE orders.orders SET release_tried_at = release_tried_at - interval '2 minutes' WHERE status = 'pending' AND release_tried_at > now() - interval '2 minutes';
    UPDATE platform.schedules SET next_run_at = now(), leased_until = NULL WHERE name LIKE 'orders.%';
    NOTIFY inbox; NOTIFY outbox;`);
}

async function homelessPayments(shop) {
  const { payments } = await shop.simulatorState();
  const booked = new Map(shop.rows(payments_sql).map((row) => [row.intent, row]));
  return payments.filter(({ id, amount_received, amount_refunded }) => {
    if (amount_received === 0) return false;
    const ours = booked.get(id);
    if (ours?.captured_minor !== amount_received || ours.refunded_minor !== amount_refunded) return true;
    return amount_received > amount_refunded && ours.status !== "placed";
  });
}

// Looks through the books of a shop that runs. `load` has stopped. Waits until the workers have caught up with the provider.
export async function audit(shop, load, { seconds = 40 } = {}) {
  let homeless = [];
  hasten(shop);
  await eventually("every payment has a home", async () => (homeless = await homelessPayments(shop)).length === 0, { seconds, every: 250 }).catch(() => {});
  const verified = shop.verify();
  return {
    acknowledged: load.acknowledged.length,
    paid: load.paid.length,
    refused: load.refused,
    lost: missingFrom(load.acknowledged, shop.orders("o.status = 'placed'")).length,
    doubled: shop.rows(doubled_sql).length,
    oversold: shop.row(oversold_sql).units,
    homeless: homeless.length,
    violations: verified.output.split("\n").filter(Boolean).length,
    details: [...homeless.map(({ id }) => `payment ${id} has no home`), verified.output].join("\n").trim().slice(0, 2_000),
  };
}

export function isClean({ lost, doubled, oversold, homeless, violations }) {
  return lost === 0 && doubled === 0 && oversold === 0 && homeless === 0 && violations === 0;
}

export function print(what, figures) {
  const { details, ...rest } = figures;
  console.log(`      ${what}: ${Object.entries(rest).map(([name, value]) => `${name} ${value}`).join(", ")}${details ? `\n${details}` : ""}`);
}

export function assertClean(what, figures) {
  print(what, figures);
  if (!isClean(figures)) throw new Error(`${what}: the books are wrong: ${JSON.stringify(figures)}`);
}
