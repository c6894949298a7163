// What keeps osier from starting is said in one sentence, with an exit status.

import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { chmodSync, mkdirSync, writeFileSync } from "node:fs";
import { once } from "node:events";
import net from "node:net";
import { join } from "node:path";
import { after, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { cleanEnvironment, newFolder, osier, remove } from "../support/build.mjs";
import { freePorts, openShop } from "../support/shop.mjs";

const shop = await openShop();
const folder = newFolder();
after(() => remove(folder));
after(() => shop.close());

async function refusal(words, env = {}, command = osier) {
  const [port, opsPort] = await freePorts(2);
  const settings = cleanEnvironment({ OSIER_DATA: join(folder, "data"), OSIER_PORT: String(port), OSIER_OPS_PORT: String(opsPort), ...env });
  const child = spawn(command, words, { env: settings, stdio: ["ignore", "pipe", "pipe"] });
  let errors = "";
  child.stderr.on("data", (bytes) => { errors += bytes; });
  child.stdout.resume();
  const timer = setTimeout(() => child.kill("SIGKILL"), 30_000);
  const [status, signal] = await once(child, "exit");
  clearTimeout(timer);
  await sleep(50);  // For what it said last; a server it left behind would keep the pipe open.
  child.stderr.destroy();
  child.stdout.destroy();
  assert.ok(status > 0, `exit status ${status ?? signal}: ${errors}`);
  // Lines of the log, and what libpq adds on a line of its own, are no sentences of osier.
  const sentences = errors.trim().split("\n").filter((line) => !/^[{\t]/.test(line));
  assert.equal(sentences.length, 1, `one sentence: ${errors}`);
  assert.match(sentences[0], /^osier: /);
  return sentences[0];
}

const beside = (more = {}) => ({ OSIER_DATABASE_URL: shop.endpoints.postgres, OSIER_ROOT_KEY_FILE: join(shop.folder, "keys", "root.key"), ...more });

test("A port that is taken is named", { timeout: 40_000 }, async () => {
  const squatter = net.createServer().listen(0, "127.0.0.1");
  await once(squatter, "listening");
  const port = String(squatter.address().port);
  assert.match(await refusal(["serve"], beside({ OSIER_PORT: port })), new RegExp(port));
  assert.match(await refusal(["serve"], beside({ OSIER_OPS_PORT: port })), new RegExp(port));
  await new Promise((done) => squatter.close(done));
});

test("A data folder that cannot be written is named", { timeout: 40_000 }, async () => {
  const file = join(folder, "file");
  writeFileSync(file, "");
  assert.match(await refusal(["serve"], { OSIER_DATA: join(file, "data") }), /file\/data/);
  if (process.getuid() !== 0) {
    const locked = join(folder, "locked");
    mkdirSync(locked);
    chmodSync(locked, 0o500);
    assert.match(await refusal(["serve"], { OSIER_DATA: locked }), /writable/);
  }
});

test("A disk that is full is named", { timeout: 40_000, skip: process.getuid() !== 0 && "mounting needs root" }, async (context) => {
  const disk = join(folder, "disk");
  mkdirSync(disk);
  if (spawnSync("mount", ["-t", "tmpfs", "-o", "size=1m", "tmpfs", disk]).status !== 0) return context.skip("mounting is not allowed here");
  try {
    assert.match(await refusal(["serve"], { OSIER_DATA: disk }), /disk|space|MB free/i);
  } finally {
    spawnSync("umount", [disk]);
  }
});

test("A database that is not there is named, without its password", { timeout: 40_000 }, async () => {
  const [port] = await freePorts(1);
  const text = await refusal(["serve"], { OSIER_DATABASE_URL: `postgresql://osier:hunter2@127.0.0.1:${port}/osier` });
  assert.match(text, new RegExp(`${port}|refused|connect`, "i"));
  assert.doesNotMatch(text, /hunter2/);
  await refusal(["migrate"], { OSIER_DATABASE_URL: "no connection string" });
  await refusal(["verify"], { OSIER_DATABASE_URL: `${shop.endpoints.postgres} dbname=no_such_database` });
});

test("A second osier on the same data folder is refused and names the first", { timeout: 40_000 }, async () => {
  assert.match(await refusal(["serve"], { OSIER_DATA: shop.folder }), new RegExp(`already running.*${shop.osier.pid}`));
});

test("A root key that is missing or another one is refused, with what to do", { timeout: 60_000 }, async () => {
  const missing = await refusal(["serve"], { OSIER_DATABASE_URL: shop.endpoints.postgres });
  assert.match(missing, /keys\/root\.key is missing: put the copy that you keep/);
  const other = join(folder, "other.key");
  writeFileSync(other, Buffer.alloc(32, 7).toString("base64"), { mode: 0o400 });
  assert.match(await refusal(["serve"], beside({ OSIER_ROOT_KEY_FILE: other })), /was sealed with root key file:\w{16}, but .* is file:\w{16}: put the right one there/);
  writeFileSync(join(folder, "short.key"), "c2hvcnQ=");
  assert.match(await refusal(["serve"], beside({ OSIER_ROOT_KEY_FILE: join(folder, "short.key") })), /OSIER_ROOT_KEY.* 32 random bytes/);
  assert.match(await refusal(["serve"], beside({ OSIER_REGION: "us" })), /OSIER_REGION/);
});

test("A schema newer than the binary is refused by serve and by every command", { timeout: 60_000 }, async () => {
  shop.execute("INSERT INTO platform.migrations (name, checksum) SELECT '999912312359_future_does_things.sql', checksum FROM platform.migrations LIMIT 1");
  try {
    for (const words of [["serve"], ["migrate"], ["verify"], ["stock", "--sku", "SOAP-ROSE", "--set", "1", "--reason", "x"]]) {
      assert.match(await refusal(words, beside()), /newer/, words[0]);
    }
  } finally {
    shop.execute("DELETE FROM platform.migrations WHERE name LIKE '9999%'");
  }
});

test("Settings that are wrong are named", { timeout: 40_000 }, async () => {
  assert.match(await refusal(["serve"], { OSIER_PORT: "abc" }), /OSIER_PORT/);
  assert.match(await refusal(["serve"], { OSIER_PROT: "8080" }), /OSIER_PROT/);
  assert.match(await refusal(["serve"], beside({ OSIER_ENVIRONMENT: "production", OSIER_STRIPE_SECRET_KEY: "sk_test_x", OSIER_STRIPE_WEBHOOK_SECRET: "whsec_x", OSIER_BASE_URL: "https://shop.example" })), /OSIER_STRIPE_SECRET_KEY|stripe_secret_key/i);
});

test("Stock is counted only as it can be (hardening 85)", { timeout: 40_000 }, async () => {
  const stock = (sku, count) => refusal(["stock", "--sku", sku, "--set", String(count), "--reason", "x"], beside());
  assert.match(await stock("NO-SUCH-SKU", 1), /NO-SUCH-SKU/);
  const none = shop.run("stock", "--sku", "SOAP-ROSE", "--set", "-1", "--reason", "x");
  assert.notEqual(none.status, 0);
});

test("Every command has its help, and an unknown one is refused", () => {
  for (const command of ["serve", "migrate", "seed", "stock", "verify", "config", "version"]) {
    const help = shop.run(command, "--help");
    assert.equal(help.status, 0, command);
    assert.match(help.output, new RegExp(command));
  }
  assert.notEqual(shop.run("sing").status, 0);
  assert.notEqual(shop.run().status, 0);
});
