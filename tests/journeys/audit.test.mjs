// The record of who did what: every command of staff is in it, its chain is sealed within a second, anybody can compute it anew, and
// whoever tampers with it is found out (hardening 129).

import assert from "node:assert/strict";
import { createHash, createPublicKey, verify } from "node:crypto";
import { appendFileSync, chmodSync, copyFileSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, test } from "node:test";
import { send } from "../support/http.mjs";
import { eventually, openShop } from "../support/shop.mjs";
import { StoreApi } from "../support/store_api.mjs";

const shop = await openShop();
after(() => shop.close());
const headsFile = join(shop.folder, "audit/heads.jsonl");
const keyFile = join(shop.folder, "keys/audit.key");

function ran(...words) {
  const done = shop.run(...words);
  assert.equal(done.status, 0, `osier ${words.join(" ")}: ${done.errors}${done.output}`);
  return done.output;
}
const entries = () => ran("audit", "export").trim().split("\n").map((line) => JSON.parse(line));
const waiting = () => shop.row("SELECT count(*)::int AS count FROM audit.unchained").count;

// What only a superuser can do, with the triggers switched off.
function tamper(sql) {
  shop.execute(`BEGIN; SET LOCAL session_replication_role = replica; ${sql}; COMMIT`);
}

// As src/audit/chain.h describes it.
function field(text) {
  if (text === null) return Buffer.from([0]);
  const bytes = Buffer.from(text);
  const length = Buffer.alloc(8);
  length.writeBigUInt64BE(BigInt(bytes.length));
  return Buffer.concat([Buffer.from([1]), length, bytes]);
}
function nextHash(previous, e) {
  const fields = ["osier audit 1", e.id, e.position, e.at, e.actor_kind, e.actor, e.action, e.object_kind, e.object_id, e.before, e.after,
    e.reason, e.request_id, e.network];
  return createHash("sha256").update(Buffer.concat([previous, ...fields.map(field)])).digest();
}
function headIsSigned(head) {
  const message = ["osier audit head 1", head.kind, head.seq, head.hash, head.at, head.reason].join("\n");
  const prefix = Buffer.from("302a300506032b6570032100", "hex");  // An Ed25519 key as SPKI.
  const key = createPublicKey({ key: Buffer.concat([prefix, Buffer.from(head.key, "base64")]), format: "der", type: "spki" });
  return verify(null, Buffer.from(message), key, Buffer.from(head.signature, "base64"));
}
const heads = () => readFileSync(headsFile, "utf8").trim().split("\n").filter((line) => line.endsWith("}")).map((line) => JSON.parse(line));

test("Every command of staff is in the record", async () => {
  const api = new StoreApi(shop);
  const cart = await api.readyCart({ sku: "SOAP-ROSE", quantity: 1, email: "anna@example.com" });
  const { order } = (await api.buy(cart.id)).json;
  const number = order.display_id;
  ran("stock", "--sku", "MUG-DIP-SAGE", "--set", "7", "--reason", "counted on Monday");
  ran("hold", "--market", "eu", "--minutes", "20");
  ran("hold", "--product", shop.row("SELECT handle FROM catalog.products LIMIT 1").handle, "--minutes", "15");
  ran("coupon", "add", "--code", "AUTUMN", "--title", "Autumn", "--percent", "5");
  ran("coupon", "end", "--code", "AUTUMN");
  ran("waiting-room", "on", "--rate", "5");
  ran("waiting-room", "on", "--rate", "6");
  ran("waiting-room", "off");
  ran("order", "capture", "--number", String(number), "--amount", String(order.total.toFixed(2)), "--reference", "bank-1");
  ran("order", "refund", "--number", String(number), "--amount", "1.00", "--reason", "a chip");
  ran("order", "refunded", "--number", String(number), "--reference", "bank-2");
  ran("order", "cancel", "--number", String(number), "--reason", "changed her mind");

  const noted = entries().map(({ action, actor }) => `${action} by ${actor}`);
  for (const expected of ["shop.seeded by osier seed", "coupon.added by osier seed", "stock_level.counted by osier stock",
    "market.hold_set by osier hold", "product.hold_set by osier hold", "coupon.added by osier coupon", "coupon.ended by osier coupon",
    "waiting_room.opened by osier waiting-room", "waiting_room.changed by osier waiting-room", "waiting_room.closed by osier waiting-room",
    "order.transfer_noted by osier order", "order.refunded by osier order", "order.refund_noted by osier order",
    "order.canceled by osier order"]) {
    assert.ok(noted.includes(expected), `${expected}: ${noted.join(", ")}`);
  }
  const counted = entries().find(({ action }) => action === "stock_level.counted");
  assert.equal(JSON.parse(counted.after).on_hand, 7);
  assert.equal(counted.reason, "counted on Monday");
  const about = ran("audit", "list", "--object", "coupon", "--actor", "osier coupon", "--since", "1h");
  assert.match(about, /coupon\.added/);
  assert.doesNotMatch(about, /stock_level/);
  assert.deepEqual(shop.verify(), { status: 0, output: "" });
});

test("An entry has its place within a second, and the metric tells what waits", async () => {
  await eventually("nothing waits", () => waiting() === 0);
  for (let i = 0; i < 5; ++i) {
    shop.setStock("MUG-DIP-SAGE", 10 + i);
    const began = Date.now();
    await eventually("it has its place", () => waiting() === 0, { every: 20 });
    assert.ok(Date.now() - began < 1_000, `it took ${Date.now() - began} ms`);
  }
  const metrics = (await send(`${shop.ops}/metrics`)).text;
  assert.match(metrics, /^osier_audit_unchained 0$/m);
  assert.match(metrics, /^osier_audit_unchained_seconds 0$/m);
});

test("Anybody can compute the chain anew, and check who signed its head", async () => {
  assert.match(ran("audit", "sign"), /^signed place \d+ in /);
  let hash = Buffer.alloc(32);
  const all = entries().sort((left, right) => left.seq - right.seq);
  assert.ok(all.length > 15);
  for (const [index, entry] of all.entries()) {
    assert.equal(entry.seq, index + 1);
    hash = nextHash(hash, entry);
    assert.equal(hash.toString("hex"), entry.hash, `place ${entry.seq}`);
  }
  const head = heads().at(-1);
  assert.equal(head.seq, all.length);
  assert.equal(head.hash, hash.toString("hex"));
  assert.equal(head.key, ran("audit", "public-key").trim());
  assert.ok(headIsSigned(head));
  assert.ok(!headIsSigned({ ...head, seq: head.seq + 1 }));
  assert.equal(statSync(keyFile).mode & 0o777, 0o400);
  assert.match(ran("audit", "verify"), new RegExp(`^${all.length} places hold, and so do \\d+ signed heads`));
});

test("A superuser who edits an entry is found out by name", () => {
  tamper("CREATE TABLE kept AS SELECT * FROM audit.entries");
  const { id, place } = shop.row(`SELECT entry.id, place.seq::int AS place FROM audit.chain place JOIN audit.entries entry ON entry.id = place.entry_id
                                   WHERE action = 'order.refunded'`);
  tamper(`UPDATE audit.entries SET after = replace(after::text, '"amount_minor":100', '"amount_minor":900')::json WHERE id = '${id}'`);
  const whole = shop.run("audit", "verify");
  assert.equal(whole.status, 1);
  assert.match(whole.output, new RegExp(`^place ${place}: entry ${id} \\(order.refunded of order .*\\) does not fit its hash`));
  const books = shop.verify();
  assert.equal(books.status, 1);
  assert.match(books.output, new RegExp(`^audit.chain_holds: place ${place}: entry ${id}`, "m"));
  tamper(`UPDATE audit.entries SET after = kept.after FROM kept WHERE kept.id = entries.id AND entries.id = '${id}'`);
  assert.deepEqual(shop.verify(), { status: 0, output: "" });
});

test("An end that was cut off contradicts the signed head, until a restoration is noted by who has the key", async () => {
  const last = heads().at(-1).seq;
  tamper(`DELETE FROM audit.chain WHERE seq > ${last - 3}`);
  tamper("DELETE FROM audit.entries WHERE NOT EXISTS (SELECT FROM audit.chain WHERE entry_id = id)");
  const cut = shop.run("audit", "verify");
  assert.equal(cut.status, 1);
  assert.match(cut.output, new RegExp(`^places ${last - 2} to ${last} are gone: the chain ends at place ${last - 3}`));
  shop.setStock("MUG-DIP-SAGE", 21);
  ran("audit", "restored", "--reason", "the disk broke; back to last night");
  ran("audit", "verify");
  const [restored, newest] = heads().slice(-2);
  assert.deepEqual([restored.kind, restored.reason], ["restored", "the disk broke; back to last night"]);
  assert.ok(newest.seq > restored.seq && headIsSigned(newest));
  assert.match(ran("audit", "list", "--action", "audit.restored"), /the disk broke/);
  assert.equal(shop.run("audit", "restored", "--reason", "again").status, 1, "there is nothing to note");
  // Counts of stock whose entries went are missed by the books, as they should be.
  assert.match(shop.verify().output, /inventory.count_has_its_audit_entry/);
  shop.execute("UPDATE audit.coverage SET since = clock_timestamp() WHERE changes = 'stock'");
});

test("A head that another key signed is not believed", () => {
  const before = readFileSync(headsFile);
  copyFileSync(keyFile, join(shop.folder, "own.key"));
  rmSync(keyFile);
  writeFileSync(keyFile, `${Buffer.alloc(32, 7).toString("base64")}\n`, { mode: 0o400 });
  ran("audit", "sign");
  const forger = ran("audit", "public-key").trim();
  rmSync(keyFile);
  copyFileSync(join(shop.folder, "own.key"), keyFile);
  const found = shop.run("audit", "verify");
  assert.equal(found.status, 1);
  assert.match(found.output, /signed heads: line \d+ is signed by a key that is not known/);
  shop.env.OSIER_AUDIT_PUBLIC_KEYS = forger;  // Unless it is named as an earlier one.
  ran("audit", "verify");
  delete shop.env.OSIER_AUDIT_PUBLIC_KEYS;
  writeFileSync(headsFile, before);
  appendFileSync(headsFile, '{"kind":"he');  // A process that died while it wrote.
  ran("audit", "sign");
  ran("audit", "verify");
});

test("A key that others may read, or that is none, is refused", () => {
  shop.env.OSIER_AUDIT_KEY = "short";
  assert.match(shop.run("audit", "verify").errors, /OSIER_AUDIT_KEY must be 32 random bytes in base64/);
  const file = join(shop.folder, "other.key");
  delete shop.env.OSIER_AUDIT_KEY;
  writeFileSync(file, Buffer.alloc(32, 9).toString("base64"));
  shop.env.OSIER_AUDIT_KEY_FILE = file;
  assert.notEqual(ran("audit", "public-key").trim(), heads().at(-1).key);
  delete shop.env.OSIER_AUDIT_KEY_FILE;
  chmodSync(keyFile, 0o444);
  assert.match(shop.run("audit", "sign").errors, /may be read by others: chmod 400 it/);
  chmodSync(keyFile, 0o400);
  ran("audit", "verify");
});
