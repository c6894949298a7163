// Osier dies in the middle of what it does. Here at some points of each operation; `./dev torture` walks them all.

import assert from "node:assert/strict";
import { after, test } from "node:test";
import { assertClean } from "./books.mjs";
import { KillPointShop, operations } from "./kill_points.mjs";

const points = await KillPointShop.open();
after(() => points.close());

const stride = 20;
for (const operation of operations) {
  test(`Osier that dies at a statement of "${operation.name}" leaves it done once or not at all`, { timeout: 90_000 }, async () => {
    const deaths = points.deaths;
    await points.walk(operation, { stride, first: Math.min(stride, 2) });
    assert.ok(points.deaths > deaths, "it died at least once");
  });
}

test("After all deaths the books are right (hardening 81)", { timeout: 60_000 }, async () => {
  assertClean("kill points", await points.figures());
});
