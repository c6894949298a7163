// The faults, many times over: ./dev torture faults [--kills 200] [--postgres-kills 50] [--power-cuts 20] [--failovers 10] [--stride 1]
//
// The tests of the other faults (skipped lock, full disk, taken connections, dependencies in trouble) run once, in full.
// Each part has one shop with one data folder under one load, and ends with its figures; the controls follow. The status is 0 only if
// nothing was lost, doubled, oversold or left without a home, and each control was caught. A part whose count is 0 is left out.

import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { killOsier, killPostgres, repeatedly } from "./faults/blows.mjs";
import { audit, isClean, print } from "./faults/books.mjs";
import { failOverUnderLoad } from "./faults/failover.mjs";
import { KillPointShop, operations } from "./faults/kill_points.mjs";
import { Load } from "./faults/load.mjs";
import { cutPower } from "./faults/power_cut.mjs";
import { openShop } from "./support/shop.mjs";

const { values } = parseArgs({
  options: {
    kills: { type: "string", default: "200" },
    "postgres-kills": { type: "string", default: "50" },
    "power-cuts": { type: "string", default: "20" },
    failovers: { type: "string", default: "10" },
    stride: { type: "string", default: "1" },  // Between kill points; 0 leaves them out.
  },
});
const counts = Object.fromEntries(Object.entries(values).map(([name, value]) => {
  const count = Number(value);
  if (!Number.isInteger(count) || count < 0) throw new Error(`--${name} is a whole number, not ${value}`);
  return [name, count];
}));

const results = [];
let hasFailed = false;

async function part(name, count, run, isGood = isClean) {
  if (count === 0) return;
  const began = Date.now();
  console.log(`==> ${name}`);
  let figures;
  try {
    figures = await run(count);
  } catch (error) {
    figures = { error: error.stack };
  }
  const good = figures.error === undefined && isGood(figures);
  hasFailed ||= !good;
  const seconds = Math.round((Date.now() - began) / 1000);
  if (figures.error) console.log(figures.error);
  const { details, error, ...rest } = figures;
  if (!error) print(good ? "as it should be" : "WRONG", { seconds, ...rest, details: good ? "" : details });
  results.push({ part: name, good, seconds, ...rest, ...(error && { error: error.split("\n")[0] }) });
}

const progress = (every) => (count) => {
  if (count % every === 0) console.log(`      ${count}`);
};

// Kills of one private shop under one load.
async function kill(times, blow, every) {
  const shop = await openShop();
  try {
    const load = new Load(shop);
    try {
      await repeatedly(times, load, () => blow(shop), progress(every));
    } finally {
      await load.stop();
    }
    return { kills: times, ...(await audit(shop, load, { seconds: 120 })) };
  } finally {
    await shop.abandon();
  }
}

async function walkKillPoints(stride) {
  const points = await KillPointShop.open();
  try {
    for (const operation of operations) {
      const before = points.deaths;
      await points.walk(operation, { stride });
      console.log(`      ${operation.name}: ${points.deaths - before} deaths`);
    }
    return await points.figures();
  } finally {
    await points.close();
  }
}

// In a process of their own, as `./dev test` runs them.
async function otherFaults() {
  const here = fileURLToPath(new URL(".", import.meta.url));
  const files = ["skipped_lock", "disk_full", "connections", "database_down", "dependencies", "shutdown"].map((name) => join(here, `faults/${name}.test.mjs`));
  const child = spawn(process.execPath, [join(here, "support/node_tests.mjs"), "1", ...files], { stdio: ["ignore", "pipe", "inherit"], env: { ...process.env, OSIER_TEST_THOROUGH: "1" } });
  let text = "";
  child.stdout.on("data", (bytes) => {
    text += bytes;
    process.stdout.write(bytes);
  });
  await once(child, "close");
  const [, passed, failed] = /^(\d+) passed, (\d+) failed$/m.exec(text) ?? [];
  return { passed: Number(passed ?? 0), failed: Number(failed ?? 1) };
}

const hasLost = ({ lost }) => lost > 0;
const nothingLost = ({ lost, violations, cuts, booted }) => lost === 0 && violations === 0 && booted === cuts;

await part("kill -9 of osier", counts.kills, (times) => kill(times, killOsier, 20));
await part("kill -9 of PostgreSQL", counts["postgres-kills"], (times) => kill(times, killPostgres, 10));
await part("osier dies at every statement", counts.stride, walkKillPoints);
await part("power cuts", counts["power-cuts"], (times) => cutPower({}, times, ({ cuts }) => progress(5)(cuts)), nothingLost);
await part("control: power cut with fsync off", Math.min(counts["power-cuts"], 1), () => cutPower({ fsync: "off" }, 1), hasLost);
await part("control: power cut with synchronous_commit off", Math.min(counts["power-cuts"], 1),
  () => cutPower({ synchronous_commit: "off", wal_writer_delay: "10s", wal_writer_flush_after: "1GB" }, 1), hasLost);
await part("failovers to a synchronous standby", counts.failovers, (times) => failOverUnderLoad(times, { each: ({ failovers }) => progress(1)(failovers) }),
  (figures) => isClean(figures) && figures.longest_write_outage_ms <= 3_000);
await part("control: failover to an asynchronous standby that is behind", Math.min(counts.failovers, 1), () => failOverUnderLoad(1, { isSynchronous: false }), hasLost);

await part("the other faults, in full", 1, otherFaults, ({ failed }) => failed === 0);

console.log("\n==> all parts");
for (const { part: name, good, ...figures } of results) print(`${good ? "ok    " : "WRONG "} ${name}`, figures);
process.exitCode = hasFailed || results.length === 0 ? 1 : 0;
