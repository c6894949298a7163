// A shop whose PostgreSQL can lose its power: every process stops where it stands, an image of the data folder is taken, and of the
// write-ahead log the image has only what had been synced by then (support/wal_shadow.c). The image is booted elsewhere.
//
// The rest of the folder is taken as written, synced or not: a disk may have written any of it. That the log is ahead of it is
// PostgreSQL's own promise.

import { execFileSync } from "node:child_process";
import { chmodSync, closeSync, existsSync, ftruncateSync, mkdirSync, openSync, readSync, readdirSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { newFolder, remove, seededFolder } from "../support/build.mjs";
import { PostgresServer, copyFolder } from "../support/postgres.mjs";
import { Shop, freePorts } from "../support/shop.mjs";
import { StoreApi } from "../support/store_api.mjs";
import { repeatedly } from "./blows.mjs";
import { assertClean, audit } from "./books.mjs";
import { Load, missingFrom } from "./load.mjs";

const isSegment = (name) => /^[0-9A-F]{24}$/.test(name);
const pageSize = 8192;

function buildShim(folder) {
  const source = fileURLToPath(new URL("../support/wal_shadow.c", import.meta.url));
  const compiler = ["clang-19", "clang", "cc"].find((name) => process.env.PATH.split(":").some((place) => existsSync(join(place, name))));
  const shim = join(folder, "wal_shadow.so");
  execFileSync(compiler, ["-shared", "-fPIC", "-O2", "-Wall", "-Werror", source, "-o", shim, "-ldl"]);
  chmodSync(shim, 0o755);
  return shim;
}

// How far a segment at rest holds pages of its own lap.
function lengthOfSegment(path, name) {
  const start = (BigInt(`0x${name.slice(8, 16)}`) << 32n) + BigInt(`0x${name.slice(16)}`) * BigInt(16 << 20);
  const file = openSync(path, "r");
  const head = Buffer.alloc(16);
  let length = 0;
  while (readSync(file, head, 0, 16, length) === 16 && head.readBigUInt64LE(8) === start + BigInt(length)) length += pageSize;
  closeSync(file);
  return length;
}

export class PowerCutShop {
  // `settings` are PostgreSQL's: what a control takes away.
  static async open(settings = {}) {
    const cut = new PowerCutShop();
    try {
      await cut.#open(settings);
    } catch (error) {
      await cut.close();
      throw error;
    }
    return cut;
  }

  async #open(settings) {
    const folder = await seededFolder();
    this.folder = folder;
    chmodSync(folder, 0o711);
    this.shadow = join(folder, "wal_shadow");
    mkdirSync(this.shadow);
    const data = join(folder, "postgres");
    for (const name of readdirSync(join(data, "pg_wal")).filter(isSegment)) {
      execFileSync("cp", ["-a", join(data, "pg_wal", name), this.shadow]);
      truncateSync(join(this.shadow, name), lengthOfSegment(join(this.shadow, name), name));
    }
    execFileSync("chown", [`--reference=${data}`, this.shadow]);
    this.server = new PostgresServer(data, { settings, env: { LD_PRELOAD: buildShim(folder), OSIER_TEST_WAL_SHADOW: this.shadow } });
    await this.server.start();
    this.shop = new Shop(folder, { OSIER_DATABASE_URL: this.server.connection }, { straight: this.server.connection });
    await this.shop.start();
  }

  // Takes the image under the load, and says which orders acknowledged by then it does not have. Nothing is acknowledged while the
  // server is frozen but what it had answered before.
  async cut(load) {
    await this.server.freeze();
    const image = newFolder();
    const data = join(image, "postgres");
    let acknowledged;
    try {
      await copyFolder(this.server.folder, data);
      await copyFolder(join(this.shop.folder, "keys"), join(image, "keys"));
      for (const name of readdirSync(join(data, "pg_wal")).filter(isSegment)) this.#keepSynced(name, join(data, "pg_wal", name));
      acknowledged = [...load.acknowledged];
    } finally {
      this.server.thaw();
    }
    for (const name of ["postmaster.pid", ".s.PGSQL.5432", ".s.PGSQL.5432.lock"]) rmSync(join(data, name), { force: true });
    return this.#boot(image, data, acknowledged);
  }

  #keepSynced(name, path) {
    const shadow = join(this.shadow, name);
    const synced = existsSync(shadow) ? readFileSync(shadow) : Buffer.alloc(0);
    const { size } = statSync(path);
    const file = openSync(path, "r+");
    ftruncateSync(file, 0);
    writeFileSync(file, synced);
    ftruncateSync(file, size);
    closeSync(file);
  }

  async #boot(image, data, acknowledged) {
    const server = new PostgresServer(data, { settings: { fsync: "off" } });  // The image itself need not last.
    const shop = new Shop(image, { OSIER_DATABASE_URL: server.connection, OSIER_STRIPE_API_BASE: this.shop.payments }, { straight: server.connection });
    [shop.port, shop.opsPort, shop.adminPort] = await freePorts(3);
    // Until its database says otherwise, everything is lost.
    const figures = { acknowledged: acknowledged.length, boots: false, lost: acknowledged.length, violations: 0, details: "" };
    try {
      await server.start();
      const placed = await server.rows(`SELECT o.total_minor, c.email FROM orders.orders o JOIN orders.order_contacts c ON c.order_id = o.id WHERE o.status = 'placed'`);
      figures.lost = missingFrom(acknowledged, placed).length;
      await shop.startOsier();
      const api = new StoreApi(shop);
      const bought = await api.buy((await api.readyCart({ sku: "SOAP-ROSE", email: "after-the-cut@example.com" })).id);
      if (bought.json.type !== "order") throw new Error(`the shop on the image does not sell: ${bought.text}`);
      const verified = shop.verify();
      figures.details = verified.output.slice(0, 2_000);
      figures.violations = verified.output.split("\n").filter(Boolean).length;
      figures.boots = true;
    } catch (error) {
      figures.details = String(error.message).slice(-600);
    } finally {
      if (shop.osier) await shop.kill();
      await server.kill();
      remove(image);
    }
    return figures;
  }

  async close() {
    if (this.shop?.osier) await this.shop.kill();
    await this.server?.kill();
    await this.shop?.abandon();
  }
}

// So many cuts of one shop's power under one load; `settings` are PostgreSQL's. The figures are sums over the images.
export async function cutPower(settings, times, each = () => {}) {
  const cut = await PowerCutShop.open(settings);
  const sum = { cuts: 0, booted: 0, acknowledged: 0, lost: 0, violations: 0, details: "" };
  try {
    const load = new Load(cut.shop);
    try {
      await repeatedly(times, load, async () => {
        const figures = await cut.cut(load);
        ++sum.cuts;
        if (figures.boots) ++sum.booted;
        sum.acknowledged = figures.acknowledged;
        for (const name of ["lost", "violations"]) sum[name] += figures[name];
        sum.details += figures.details;
        each(sum);
      });
    } finally {
      await load.stop();
    }
    if (sum.lost === 0) assertClean("after the cuts, on the machine they did not happen to", await audit(cut.shop, load));
  } finally {
    await cut.close();
  }
  return sum;
}
