// A PostgreSQL server of a test's own, on a data folder that is there already: started with what settings a fault needs, killed, frozen, copied.

import { execFile, spawn } from "node:child_process";
import { closeSync, openSync, readFileSync, readdirSync, readlinkSync } from "node:fs";
import { dirname, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";
import { eventually } from "./shop.mjs";

const run = promisify(execFile);
export const programs = process.env.OSIER_PG_BIN_DIR ?? newestPrograms();

function newestPrograms() {
  const versions = readdirSync("/usr/lib/postgresql").map(Number).sort((left, right) => right - left);
  return `/usr/lib/postgresql/${versions[0]}/bin`;
}

// PostgreSQL refuses to run as root.
const isRoot = process.getuid() === 0;
const asServer = isRoot ? ["--reuid=postgres", "--regid=postgres", "--init-groups"] : [];

// Runs a program as the server's user.
export function runAsServer(program, words, options = {}) {
  return run("setpriv", [...asServer, program, ...words], { timeout: 120_000, ...options });
}

// A copy of a server's folder, whether it runs, stands or sleeps. The folder above it is opened for the server's user to pass.
export async function copyFolder(from, to) {
  await run("chmod", ["0711", dirname(to)]);
  await run("cp", ["-a", "--reflink=auto", "--sparse=auto", from, to]);
}

export class PostgresServer {
  // `settings` are PostgreSQL's, such as {fsync: "off"}; `env` is for the server's process, such as LD_PRELOAD.
  constructor(folder, { settings = {}, env = {} } = {}) {
    this.folder = folder;
    this.settings = settings;
    this.env = env;
    this.port = 5432;  // It names the socket, which lies in the folder.
  }

  get connection() {
    return `host=${this.folder} port=${this.port} user=osier dbname=osier`;
  }

  async start() {
    const settings = {
      listen_addresses: "", port: this.port, unix_socket_directories: this.folder, max_connections: 100, shared_buffers: "64MB",
      fsync: "on", synchronous_commit: "on", full_page_writes: "on", wal_level: "replica", log_line_prefix: "%m [%p] ", jit: "off",
      ...this.settings,
    };
    const words = Object.entries(settings).flatMap(([name, value]) => ["-c", `${name}=${value}`]);
    const log = openSync(join(this.folder, "../postgres.log"), "a");
    this.process = spawn("setpriv", [...asServer, "--pdeathsig", "QUIT", join(programs, "postgres"), "-D", this.folder, ...words],
      { env: { PATH: process.env.PATH, LC_ALL: "C", TZ: "UTC", ...this.env }, stdio: ["ignore", log, log], cwd: "/" });
    closeSync(log);
    this.process.ended = new Promise((done) => this.process.on("exit", (code, signal) => done({ code, signal })));
    await eventually(`PostgreSQL in ${this.folder} answers`, async () => {
      if (this.hasEnded()) return true;
      return run(join(programs, "pg_isready"), ["-q", "-h", this.folder, "-p", String(this.port)]).then(() => true, () => false);
    }, { seconds: 60 });
    if (this.hasEnded()) throw new Error(`PostgreSQL ended while it started:\n${this.log()}`);
  }

  hasEnded() {
    return this.process.exitCode !== null || this.process.signalCode !== null;
  }

  log() {
    return readFileSync(join(this.folder, "../postgres.log"), "utf8").split("\n").slice(-15).join("\n");
  }

  // All its processes: they work in its folder.
  processes() {
    const found = [];
    for (const name of readdirSync("/proc")) {
      if (!/^\d+$/.test(name)) continue;
      try {
        if (readlinkSync(`/proc/${name}/cwd`) === this.folder) found.push(Number(name));
      } catch {
        // It has ended meanwhile.
      }
    }
    return found;
  }

  // kill -9 of everything at once, as when the machine goes.
  async kill() {
    if (!this.process) return;
    for (const pid of [this.process.pid, ...this.processes()]) signal(pid, "SIGKILL");
    await this.process.ended;
    await eventually("all of PostgreSQL has ended", () => this.processes().length === 0);
  }

  // Stops every process where it stands; new ones come only from the first, which is stopped first.
  async freeze() {
    signal(this.process.pid, "SIGSTOP");
    await eventually("PostgreSQL stands still", () => {
      const moving = this.processes().filter((pid) => !isStopped(pid));
      for (const pid of moving) signal(pid, "SIGSTOP");
      return moving.length === 0;
    }, { every: 1 });
  }
  thaw() {
    for (const pid of this.processes()) signal(pid, "SIGCONT");
  }

  // Fast: sessions are ended, everything is written.
  async stop() {
    if (this.hasEnded()) return;
    this.process.kill("SIGINT");
    const isOver = await Promise.race([this.process.ended.then(() => true), sleep(20_000, false, { ref: false })]);
    if (!isOver) await this.kill();
  }

  async psql(sql) {
    const words = ["-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-d", this.connection, "-c", sql];
    return (await run("psql", words, { timeout: 30_000, maxBuffer: 64 << 20 })).stdout.trim();
  }
  async rows(sql) {
    return JSON.parse(await this.psql(`SELECT coalesce(json_agg(row), '[]') FROM (${sql}) AS row`));
  }
}

function signal(pid, name) {
  try {
    process.kill(pid, name);
  } catch {
    // It has ended already.
  }
}

function isStopped(pid) {
  try {
    return /\) [TtZX] /.test(readFileSync(`/proc/${pid}/stat`, "utf8"));
  } catch {
    return true;
  }
}
