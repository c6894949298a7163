// The primary dies under load and the standby takes over.

import assert from "node:assert/strict";
import { test } from "node:test";
import { assertClean, isClean, print } from "./books.mjs";
import { failOverUnderLoad, loseStandbyUnderLoad } from "./failover.mjs";

test("A failover to a synchronous standby loses nothing that was acknowledged, and orders go on within 3 s (hardening 120)", { timeout: 120_000 }, async () => {
  const figures = await failOverUnderLoad(1);
  assertClean("failover", figures);
  assert.ok(figures.longest_write_outage_ms <= 3_000, `${figures.longest_write_outage_ms} ms`);
});

test("Without its synchronous standby the shop says 503 and acknowledges nothing that only the primary has (hardening 121)", { timeout: 120_000 }, async () => {
  const figures = await loseStandbyUnderLoad(8_000);
  assertClean("standby lost", figures);
  assert.equal(figures.acknowledged_meanwhile, 0);
  assert.ok(figures.turned_away > 0);
});

test("Control: a standby that is asynchronous and behind loses acknowledged orders", { timeout: 120_000 }, async () => {
  const figures = await failOverUnderLoad(1, { isSynchronous: false });
  print("control, asynchronous standby", figures);
  assert.ok(figures.lost > 0);
  assert.ok(!isClean(figures));
});
