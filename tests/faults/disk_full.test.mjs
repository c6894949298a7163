// The disk is full: nothing can be written, browsing goes on, and all comes back by itself when there is room again.

import assert from "node:assert/strict";
import { execFileSync, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { closeSync, mkdirSync, openSync, readFileSync, rmSync, writeSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { newFolder, remove, seededFolder } from "../support/build.mjs";
import { send } from "../support/http.mjs";
import { Shop, eventually } from "../support/shop.mjs";
import { StoreApi } from "../support/store_api.mjs";
import { assertClean, audit } from "./books.mjs";
import { Load } from "./load.mjs";

const size_mb = 480;

function mount(folder) {
  return process.getuid() === 0 && spawnSync("mount", ["-t", "tmpfs", "-o", `size=${size_mb}m,mode=0711`, "tmpfs", folder]).status === 0;
}

// Takes all that is left.
function fill(file) {
  const ballast = openSync(file, "a");
  const bytes = Buffer.alloc(64 << 10);
  try {
    for (;;) writeSync(ballast, bytes);
  } catch (error) {
    assert.equal(error.code, "ENOSPC");
  } finally {
    closeSync(ballast);
  }
}

// A shop on a disk of its own that is soon full, under load.
async function onSmallDisk(context, work) {
  const above = newFolder();
  const disk = join(above, "disk");
  mkdirSync(disk);
  if (!mount(disk)) {
    remove(above);
    return context.skip("mounting needs root");
  }
  const seeded = await seededFolder();
  const shop = new Shop(join(disk, "data"));
  let load;
  try {
    execFileSync("cp", ["-a", seeded, shop.folder]);
    await shop.start();
    load = new Load(shop);
    await load.more(30);
    await work(shop, load, join(disk, "ballast"));
    await load.stop();
    const wrong = Object.keys(load.statuses).filter((status) => ![200, 400, 404, 409, 503].includes(Number(status)));  // 404, 400: a cart of the last moment, which a crash may lose.
    assert.deepEqual(wrong, [], `answers: ${JSON.stringify(load.statuses)}, the last failure: ${load.lastFailure}`);
    assert.equal(await shop.stop(), 0);
  } finally {
    await load?.stop();
    await shop.abandon();
    spawnSync("umount", ["-l", disk]);
    remove(above);
    remove(seeded);
  }
}

async function assertBrowses(shop) {
  for (const path of ["/", "/p/dipped-mug", "/c/tableware", "/store/products"]) assert.equal((await send(shop.url + path, { timeout: 10_000 })).status, 200, `${path} goes on`);
}

// A small change may still find room in what PostgreSQL has already.
async function assertSaysSo(shop) {
  const api = new StoreApi(shop);
  await eventually("a cart is refused", async () => {
    const answer = await api.post("/carts");
    if (answer.status === 200) return false;
    assert.equal(answer.status, 503, answer.text);
    assert.ok(answer.json.message && answer.headers["retry-after"], answer.text);
    return true;
  }, { seconds: 30, every: 0 });
}

async function makeRoom(load, ballast) {
  rmSync(ballast);
  const began = Date.now();
  await load.more(10, { seconds: 60 });
  return (Date.now() - began) / 1000;
}

test("A full disk refuses orders with 503 and comes back by itself, with nothing lost (hardening 122)", { timeout: 120_000 }, (context) =>
  onSmallDisk(context, async (shop, load, ballast) => {
    fill(ballast);
    await eventually("orders are refused", () => Date.now() - load.lastAt > 1_500, { seconds: 40 });
    await assertBrowses(shop);
    await assertSaysSo(shop);
    const seconds_until_orders = await makeRoom(load, ballast);
    await load.stop();
    assertClean("full disk", { seconds_until_orders, slowest_answer_ms: load.slowest, ...(await audit(shop, load)) });
  }));

test("A PostgreSQL that stopped because its log had no room is started again when there is some (hardening 122)", { timeout: 120_000 }, (context) =>
  onSmallDisk(context, async (shop, load, ballast) => {
    // A session that is there before the disk is full: afterwards none may be able to begin.
    const session = spawn("psql", ["-X", "-q", "-A", "-t", "-d", shop.endpoints.postgres], { stdio: ["pipe", "pipe", "ignore"] });
    session.stdin.on("error", () => {});
    session.stdin.write("SELECT 1;\n");
    await once(session.stdout, "data");
    session.stdout.resume();
    fill(ballast);
    // The log goes from segment to segment, until there is none.
    for (let segment = 0; segment < 100; ++segment) session.stdin.write("SELECT pg_switch_wal(), pg_logical_emit_message(true, 'test', repeat('x', 100));\n");
    session.stdin.end();
    await eventually("PostgreSQL has stopped", () => readFileSync(join(shop.folder, "postgres/server.log"), "utf8").includes("PANIC"), { seconds: 40 });
    await sleep(2_000);
    await assertBrowses(shop);
    await assertSaysSo(shop);
    const seconds_until_orders = await makeRoom(load, ballast);
    await load.stop();
    assertClean("no room for the log", { seconds_until_orders, slowest_answer_ms: load.slowest, ...(await audit(shop, load)) });
  }));
