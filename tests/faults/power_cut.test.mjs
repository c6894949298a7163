// The power goes in the middle of load, and what had not reached the disk is gone.

import assert from "node:assert/strict";
import { test } from "node:test";
import { print } from "./books.mjs";
import { cutPower } from "./power_cut.mjs";

test("A power cut under load loses nothing that was acknowledged", { timeout: 120_000 }, async () => {
  const sum = await cutPower({}, 2);
  print("power cut", sum);
  assert.equal(sum.booted, sum.cuts);
  assert.equal(sum.lost, 0);
  assert.equal(sum.violations, 0, sum.details);
});

test("Control: with fsync off, the same cut loses acknowledged orders", { timeout: 120_000 }, async () => {
  const sum = await cutPower({ fsync: "off" }, 1);
  print("control, fsync off", sum);
  assert.ok(sum.lost > 0);
});

test("Control: with synchronous_commit off, the same cut loses acknowledged orders", { timeout: 120_000 }, async () => {
  const sum = await cutPower({ synchronous_commit: "off", wal_writer_delay: "10s", wal_writer_flush_after: "1GB" }, 1);
  print("control, synchronous_commit off", sum);
  assert.equal(sum.booted, 1, "the image is whole, it only ends too early");
  assert.ok(sum.lost > 0);
});
