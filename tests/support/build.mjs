// Where the programs under test are, and the seeded data folder that every test starts from.

import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";

export const root = resolve(fileURLToPath(import.meta.url), "../../..");
export const build = resolve(process.env.OSIER_TEST_BUILD ?? join(root, "build/release"));
export const osier = join(build, "src/app/osier");
export const simulator = join(build, "tools/payment_simulator/payment_simulator");
export const out = join(root, "tests/out");

// The environment without what the caller set for a shop of their own.
export function cleanEnvironment(more = {}) {
  const kept = Object.entries(process.env).filter(([name]) => !name.startsWith("OSIER_") || name.startsWith("OSIER_TEST_"));
  return { ...Object.fromEntries(kept), ...more };
}

// A folder of this process below /tmp. What test processes that died have left behind is removed first.
export function newFolder() {
  for (const name of readdirSync(tmpdir())) {
    const [, pid] = /^osier-tests-(\d+)-/.exec(name) ?? [];
    if (pid && !existsSync(`/proc/${pid}`)) remove(join(tmpdir(), name));
  }
  return mkdtempSync(join(tmpdir(), `osier-tests-${process.pid}-`));
}

export function remove(folder) {
  rmSync(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
}

// A copy of a data folder that holds the demo shop. The original is made once per build of osier.
export async function seededFolder() {
  const folder = newFolder();
  execFileSync("cp", ["-a", "--reflink=auto", `${await seeded()}/.`, folder]);
  return folder;
}

async function seeded() {
  const { mtimeMs, size } = statSync(osier);
  const cache = join(build, "test_cache");
  const ready = join(cache, `shop-${Math.floor(mtimeMs)}-${size}-${process.getuid()}`);
  if (existsSync(ready)) return ready;
  mkdirSync(cache, { recursive: true });
  const lock = join(cache, "shop.lock");
  for (let tries = 0; !takeLock(lock); ++tries) {
    if (existsSync(ready)) return ready;
    if (tries > 600) throw new Error(`${lock} is held by a test run that has died: remove it`);
    await sleep(200);
  }
  try {
    if (existsSync(ready)) return ready;
    for (const name of readdirSync(cache)) if (name.startsWith("shop-")) remove(join(cache, name));
    const fresh = join(cache, "new");
    remove(fresh);
    const log = execFileSync(osier, ["seed"], { env: cleanEnvironment({ OSIER_DATA: fresh }), stdio: ["ignore", "pipe", "pipe"], timeout: 120_000 });
    if (!existsSync(join(fresh, "postgres"))) throw new Error(`osier seed made no database: ${log}`);
    renameSync(fresh, ready);
    return ready;
  } finally {
    rmSync(lock, { recursive: true, force: true });
  }
}

function takeLock(lock) {
  try {
    mkdirSync(lock);
    return true;
  } catch (error) {
    if (error.code !== "EEXIST") throw error;
    if (Date.now() - statSync(lock).mtimeMs > 150_000) rmSync(lock, { recursive: true, force: true });
    return false;
  }
}
