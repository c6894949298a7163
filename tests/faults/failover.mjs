// A shop on two PostgreSQL servers, a primary and its streaming standby. The primary can die, the standby takes over, and the shop follows
// by its connection string, which names both.

import { execFileSync } from "node:child_process";
import { chmodSync, mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { newFolder, remove, seededFolder } from "../support/build.mjs";
import { PostgresServer, programs, runAsServer } from "../support/postgres.mjs";
import { Shop, eventually, freePorts } from "../support/shop.mjs";
import { TcpProxy } from "../support/tcp_proxy.mjs";
import { audit } from "./books.mjs";
import { repeatedly } from "./blows.mjs";
import { Load } from "./load.mjs";

export class ShopOnTwoServers {
  // `isSynchronous`: whether a commit waits until the standby has it on disk.
  static async open({ isSynchronous }) {
    const pair = new ShopOnTwoServers();
    try {
      await pair.#open(isSynchronous);
    } catch (error) {
      await pair.close();
      throw error;
    }
    return pair;
  }

  async #open(isSynchronous) {
    this.isSynchronous = isSynchronous;
    this.folders = [];
    this.ports = await freePorts(2);
    const [one, other] = this.ports;
    const database = `host=127.0.0.1,127.0.0.1 port=${one},${other} user=osier dbname=osier target_session_attrs=read-write`;
    const folder = await seededFolder();
    chmodSync(folder, 0o711);
    this.shop = new Shop(folder, { OSIER_DATABASE_URL: database }, { straight: database });
    rmSync(join(folder, "postgres/server.log"), { force: true });  // The private server's; a base backup could not read it.
    this.primary = this.#server(join(folder, "postgres"), this.ports[0]);
    await this.primary.start();
    await this.addStandby();
    await this.shop.start();
  }

  // What dies here is the machine, and with it whatever its disk has: nothing is asked of the disks.
  #server(folder, port) {
    const server = new PostgresServer(folder, { settings: { listen_addresses: "127.0.0.1", port, fsync: "off", wal_sender_timeout: "5s", max_wal_senders: 5 } });
    server.port = port;
    return server;
  }

  // A new standby of the primary, on the port that is free, in step with it. What an asynchronous one receives passes a proxy. (For a
  // synchronous one this process must not be in the way: it stands still while it waits for subcommands.)
  async addStandby() {
    const { primary } = this;
    const port = this.ports.find((each) => each !== primary.port);
    const above = newFolder();
    this.folders.push(above);
    chmodSync(above, 0o711);
    const folder = join(above, "postgres");
    mkdirSync(folder, { mode: 0o700 });
    giveToServer(folder);
    this.proxy?.close();
    this.proxy = this.isSynchronous ? undefined : await TcpProxy.before({ port: primary.port });
    const source = `host=127.0.0.1 port=${(this.proxy ?? primary).port} user=osier sslmode=disable`;
    await runAsServer(join(programs, "pg_basebackup"), ["-d", source, "-D", folder, "-R", "-X", "stream", "-c", "fast", "--no-sync"], { cwd: "/" });
    this.standby = this.#server(folder, port);
    await this.standby.start();
    await eventually("the standby follows", async () => (await primary.psql("SELECT state FROM pg_stat_replication")) === "streaming");
    if (!this.isSynchronous) return;
    await primary.psql("ALTER SYSTEM SET synchronous_standby_names = '*'");
    await primary.psql("SELECT pg_reload_conf()");
    await eventually("the standby is synchronous", async () => (await primary.psql("SELECT sync_state FROM pg_stat_replication")) === "sync");
  }

  // From now on the standby hears nothing.
  deafenStandby() {
    this.proxy.goSilent();
  }

  // The primary's machine dies, and whoever watches over it promotes the standby at once.
  async failOver() {
    await this.primary.kill();
    this.proxy?.goDown();
    await runAsServer(join(programs, "pg_ctl"), ["promote", "-D", this.standby.folder, "-W"], { cwd: "/" });
    this.primary = this.standby;
    this.standby = undefined;
  }

  async close() {
    if (this.shop?.osier) await this.shop.kill();
    for (const server of [this.primary, this.standby]) await server?.kill();
    this.proxy?.close();
    await this.shop?.abandon();
    for (const folder of this.folders) remove(folder);
  }
}

function giveToServer(folder) {
  if (process.getuid() === 0) execFileSync("chown", ["postgres:postgres", folder]);
}

// A synchronous standby falls silent for so long, and then the primary dies: what only the primary has was told to nobody.
export async function loseStandbyUnderLoad(milliseconds) {
  const pair = await ShopOnTwoServers.open({ isSynchronous: true });
  try {
    const load = new Load(pair.shop);
    let acknowledged_meanwhile;
    try {
      await load.more(20);
      await pair.standby.freeze();
      await sleep(100);  // For answers that are on their way.
      const before = load.acknowledged.length;
      await sleep(milliseconds);
      acknowledged_meanwhile = load.acknowledged.length - before;
      await pair.primary.kill();
      pair.standby.thaw();
      await pair.failOver();
      await load.more(10, { seconds: 60 });
    } finally {
      await load.stop();
    }
    return { acknowledged_meanwhile, turned_away: load.statuses[503] ?? 0, ...(await audit(pair.shop, load)) };
  } finally {
    await pair.close();
  }
}

// So many failovers of one shop under one load.
export async function failOverUnderLoad(times, { isSynchronous = true, each = () => {} } = {}) {
  const pair = await ShopOnTwoServers.open({ isSynchronous });
  const outages = [];
  try {
    const load = new Load(pair.shop);
    try {
      await repeatedly(times, load, async (count) => {
        if (!isSynchronous) {
          pair.deafenStandby();
          await load.more(20);
        }
        const began = Date.now();
        await pair.failOver();
        await load.more(20, { seconds: 60 });
        outages.push(load.longestGap(began));
        each({ failovers: count, outages });
        if (count < times) await pair.addStandby();
      });
    } finally {
      await load.stop();
    }
    const figures = await audit(pair.shop, load, { seconds: isSynchronous ? 40 : 2 });
    return { failovers: times, longest_write_outage_ms: Math.max(...outages), ...figures };
  } finally {
    await pair.close();
  }
}
