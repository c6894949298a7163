// Whether the time of an answer tells if an address has an account (hardening 28): two samples of answers, interleaved in a random order, and
// Welch's t between them. |t| < 4.5 is taken as "no difference" (ISO/IEC 17825 for side channels).
//   node tests/timing/accounts.mjs [COUNT]      COUNT of each kind, 1,000 if not said
// It needs the machine for itself, and some minutes: passwords are slow on purpose.

import { performance } from "node:perf_hooks";
import { send } from "../support/http.mjs";
import { openShop } from "../support/shop.mjs";
import { goodPassword, unthrottled } from "../support/accounts.mjs";

const count = Number(process.argv[2] ?? 1000);
const limit = 4.5;

let serial = 0;
const unknown = () => `nobody-${process.pid}-${++serial}@example.com`;
const post = (shop, path, form) => send(shop.url + path, { form, headers: { origin: shop.url } });

// So many that none is tried more often than an account may be.
async function accounts(shop, size) {
  const emails = Array.from({ length: size }, (_, i) => `known-${process.pid}-${i}@example.com`);
  for (const email of emails) {
    const { status } = await post(shop, "/account/register", { email, password: goodPassword });
    if (status !== 200) throw new Error(`registering is answered ${status}`);
  }
  shop.execute("UPDATE identity.customers SET verified_at = created_at");
  return emails;
}

function moments(sample) {
  const mean = sample.reduce((sum, x) => sum + x, 0) / sample.length;
  const variance = sample.reduce((sum, x) => sum + (x - mean) ** 2, 0) / (sample.length - 1);
  return { mean, variance };
}

// Without the slowest in twenty of each: what waited for something else says nothing of the account.
function welch(left, right) {
  const [a, b] = [left, right].map((sample) => moments([...sample].sort((x, y) => x - y).slice(0, Math.ceil(sample.length * 0.95))));
  return { t: (a.mean - b.mean) / Math.sqrt(a.variance / left.length + b.variance / right.length), means: [a.mean, b.mean] };
}

const doors = {
  "sign-in": { path: "/account/sign-in", form: { password: "not the password at all" }, size: Math.ceil(count / 8), status: 401 },
  "forgot": { path: "/account/forgot", form: {}, size: Math.ceil(count / 2), status: 200 },
  "register": { path: "/account/register", form: { password: goodPassword }, size: Math.ceil(count / 2), status: 200 },
};

const shop = await openShop({ env: unthrottled });
let failed = false;
try {
  const known = await accounts(shop, Math.max(...Object.values(doors).map(({ size }) => size)));
  for (const [name, { path, form, size, status }] of Object.entries(doors)) {
    const samples = { known: [], unknown: [] };
    // Both kinds alike: as many tries at each address.
    const strangers = Array.from({ length: size }, unknown);
    if (name !== "sign-in") shop.execute("DELETE FROM identity.throttles");
    for (let i = 0; i < count; ++i) {
      const kinds = Math.random() < 0.5 ? ["known", "unknown"] : ["unknown", "known"];
      for (const kind of kinds) {
        const email = (kind === "known" ? known : strangers)[i % size];
        const before = performance.now();
        const answer = await post(shop, path, { email, ...form });
        const took = performance.now() - before;
        if (answer.status !== status) throw new Error(`${name} is answered ${answer.status}: ${answer.text.slice(0, 300)}`);
        samples[kind].push(took);
      }
      // A minute's worth of tries at an account is five.
      if (name === "sign-in" && (i + 1) % (size * 4) === 0) shop.execute("DELETE FROM identity.throttles");
    }
    const { t, means } = welch(samples.known, samples.unknown);
    const isEqual = Math.abs(t) < limit;
    failed ||= !isEqual;
    console.log(`${name}: ${count} each, ${means.map((mean) => mean.toFixed(3)).join(" and ")} ms, Welch t = ${t.toFixed(2)} ${isEqual ? "(equal)" : "(TELLS)"}`);
  }
} finally {
  await shop.abandon();
}
process.exit(failed ? 1 : 0);
