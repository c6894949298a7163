// The blows themselves, to be dealt any number of times to one shop with one data folder, under load.

import { setTimeout as sleep } from "node:timers/promises";
import { eventually } from "../support/shop.mjs";

// A random moment: anywhere within what a placing order takes, or long after.
const moment = () => sleep(Math.random() < 0.5 ? Math.random() * 15 : Math.random() * 300);

// What goes on between two blows: some orders, as proof that the shop sells again.
const breath = 6;

// Calls `blow` so often; `each` hears of every blow, counted from 1.
export async function repeatedly(times, load, blow, each = () => {}) {
  for (let count = 1; count <= times; ++count) {
    await load.more(breath, { seconds: 60 });
    await moment();
    await blow(count);
    each(count);
  }
  await load.more(breath, { seconds: 60 });
}

export async function killOsier(shop) {
  await shop.kill();
  await shop.startOsier();
}

// The private PostgreSQL, which osier starts again. (Some answers may still come from before the blow: they are no sign of life.)
export async function killPostgres(shop) {
  const victim = shop.postgresPid();
  shop.killPostgres();
  await eventually("osier has started PostgreSQL again", () => shop.postgresPid() !== victim, { seconds: 60 });
}
