// Others have taken the database's connections.

import assert from "node:assert/strict";
import { chmodSync } from "node:fs";
import net from "node:net";
import { join } from "node:path";
import { after, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { seededFolder } from "../support/build.mjs";
import { send } from "../support/http.mjs";
import { PostgresServer } from "../support/postgres.mjs";
import { Shop } from "../support/shop.mjs";
import { StoreApi } from "../support/store_api.mjs";
import { assertClean, audit } from "./books.mjs";
import { Load } from "./load.mjs";

const places = 60;  // Three more are kept by PostgreSQL for its superuser, who osier is here: they are taken too.

const folder = await seededFolder();
chmodSync(folder, 0o711);
const server = new PostgresServer(join(folder, "postgres"), { settings: { fsync: "off", max_connections: places, superuser_reserved_connections: 3 } });
const shop = new Shop(folder, { OSIER_DATABASE_URL: server.connection }, { straight: server.connection });
after(async () => {
  if (shop.osier) await shop.kill();
  await server.kill();
  await shop.abandon();
});
await server.start();
await shop.start();

// Connects and stays. False if there was no place.
function squat(held) {
  return new Promise((done) => {
    const socket = net.connect(`${server.folder}/.s.PGSQL.5432`);
    const words = Buffer.from("user\0osier\0database\0osier\0application_name\0squatter\0\0");
    const head = Buffer.alloc(8);
    head.writeUInt32BE(8 + words.length, 0);
    head.writeUInt32BE(196_608, 4);
    socket.on("error", () => done(false));
    socket.on("close", () => done(false));
    socket.once("data", (bytes) => {
      if (bytes[0] !== "R".charCodeAt(0)) return socket.destroy();
      held.push(socket);
      done(true);
    });
    socket.write(Buffer.concat([head, words]));
  });
}

test("A database whose connections are taken sheds early, and the shop sells again when they are free (hardening 124)", { timeout: 120_000 }, async () => {
  const load = new Load(shop);
  const held = [];
  try {
    await load.more(30);
    const mine = Number(await server.psql("SELECT count(*) FROM pg_stat_activity WHERE application_name = 'osier'"));
    assert.ok(mine <= 40, `the pool is bounded: ${mine} connections`);

    // Osier's connections end, again and again, and others take every place that comes free.
    let isOver = false;
    const squatters = Array.from({ length: 4 }, async () => {
      while (!isOver) if (!(await squat(held))) await sleep(5);
    });
    for (let tries = 0; tries < 10 && held.length < places - 1; ++tries) {
      await server.psql(`DO $$ BEGIN FOR i IN 1..40 LOOP
        PERFORM pg_stat_clear_snapshot();
        PERFORM pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'osier';
        PERFORM pg_sleep(0.05);
      END LOOP; END $$`);
    }
    assert.ok(held.length >= places - 1, `${held.length} of ${places} places are taken`);
    load.slowest = 0;
    const api = new StoreApi(shop);
    assert.equal((await send(`${shop.url}/p/dipped-mug`)).status, 200, "browsing goes on");
    const began = Date.now();
    const answers = await Promise.all(Array.from({ length: 40 }, () => api.post("/carts", {})));
    const milliseconds = Date.now() - began;
    for (const answer of answers) assert.ok([200, 503].includes(answer.status), answer.text);
    assert.ok(milliseconds < 4_000, `answered after ${milliseconds} ms`);
    await sleep(1_000);
    isOver = true;
    await Promise.all(squatters);
    const taken = held.length;
    assert.ok(answers.some(({ status }) => status === 503), "some were turned away");
    for (const socket of held) socket.destroy();
    const free = Date.now();
    await load.more(20, { seconds: 20 });
    await load.stop();
    assertClean("no connections", {
      taken, turned_away: answers.filter(({ status }) => status === 503).length, answered_within_ms: milliseconds, orders_again_after_ms: Date.now() - free,
      ...(await audit(shop, load)),
    });
  } finally {
    for (const socket of held) socket.destroy();
    await load.stop();
  }
});
