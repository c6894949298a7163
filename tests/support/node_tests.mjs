// Runs test files, so many at a time, each in a process of its own; prints each test as it ends, and "N passed, N failed" at the end.
//   node node_tests.mjs WIDTH FILE…

import { relative, resolve } from "node:path";
import { run } from "node:test";

const [width, ...names] = process.argv.slice(2);
const files = names.map((name) => resolve(name));
const file_limit = 8 * 60_000;

let passed = 0;
let failed = 0;
const stream = run({ files, concurrency: Number(width), timeout: file_limit });

// The file itself is reported as a test around its tests: it counts only when it fails without them.
const isFile = (data) => files.includes(resolve(data.name));
const failedFiles = new Set();

stream.on("test:pass", (data) => {
  if (isFile(data) || data.details?.type === "suite") return;
  if (data.skip !== undefined) return console.log(`    skipped  ${data.name}`);
  ++passed;
  console.log(`    ok  ${data.name} (${(data.details.duration_ms / 1000).toFixed(1)} s)`);
});
stream.on("test:fail", (data) => {
  if (isFile(data)) return void failedFiles.add(data);
  if (data.details?.type === "suite") return;
  ++failed;
  failedFiles.add(data.file);
  console.log(`    FAILED  ${data.name} (${place(data)})\n${indent(explain(data.details.error))}`);
});
stream.on("test:stdout", (data) => process.stdout.write(data.message));
stream.on("test:stderr", (data) => process.stderr.write(data.message));
stream.on("end", () => {
  for (const each of failedFiles) {
    if (typeof each === "string" || each === undefined) continue;
    if (failedFiles.has(resolve(each.name))) continue;
    ++failed;
    console.log(`    FAILED  ${relative(process.cwd(), resolve(each.name))}\n${indent(explain(each.details.error))}`);
  }
  console.log(`${passed} passed, ${failed} failed`);
  process.exitCode = failed > 0 || passed === 0 ? 1 : 0;
});
stream.resume();

function place(data) {
  return data.file ? `${relative(process.cwd(), data.file)}${data.line ? `:${data.line}` : ""}` : "?";
}

function explain(error) {
  const lines = [];
  for (let each = error; each && lines.length < 60; each = each.cause) lines.push(String(each.stack ?? each.message ?? each));
  return lines.join("\ncaused by: ");
}

function indent(text) {
  return text.split("\n").slice(0, 60).map((line) => `        ${line}`).join("\n");
}
