// Runs the test programs of a build folder by ctest and counts their cases: prints what fails, and "N passed, N failed" at the end.
//   node ctest.mjs BUILD [-R PATTERN]

import { spawn } from "node:child_process";
import { mkdirSync, readFileSync, readdirSync, rmSync } from "node:fs";
import { join, resolve } from "node:path";

const [folder, ...words] = process.argv.slice(2);
const build = resolve(folder);
const results = join(build, "test_results");
rmSync(results, { recursive: true, force: true });
mkdirSync(results, { recursive: true });

const summary = join(results, "ctest.xml");
const ctest = spawn("ctest", ["--test-dir", build, "--parallel", "2", "--output-on-failure", "--output-junit", summary, "--timeout", "300", ...words],
  { stdio: "inherit", env: { ...process.env, GTEST_OUTPUT: `xml:${results}/cases/`, GTEST_BRIEF: "1" } });
const status = await new Promise((done) => ctest.on("close", done));

const attributes = (text) => Object.fromEntries([...text.matchAll(/([a-z]+)="([^"]*)"/g)].map(([, name, value]) => [name, value]));
let passed = 0;
let failed = 0;
for (const name of list(join(results, "cases"))) {
  const head = attributes(/<testsuites[^>]*>/.exec(readFileSync(join(results, "cases", name), "utf8"))[0]);
  const wrong = Number(head.failures) + Number(head.errors);
  failed += wrong;
  passed += Number(head.tests) - wrong - Number(head.disabled ?? 0);
}
// A program that died or hung has left no cases behind.
const programs = [...readFileSync(summary, "utf8").matchAll(/<testcase [^>]*>/g)].map(([tag]) => attributes(tag));
const dead = programs.filter((program) => program.status === "fail").length;
if (dead > failed) failed = dead;
if (status !== 0 && failed === 0) failed = 1;
console.log(`${passed} passed, ${failed} failed`);
process.exit(failed > 0 ? 1 : 0);

function list(folder) {
  try {
    return readdirSync(folder).filter((name) => name.endsWith(".xml"));
  } catch {
    return [];
  }
}
