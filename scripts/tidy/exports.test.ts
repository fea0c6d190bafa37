/** Tests of the rule on published names. */
import assert from "node:assert/strict"
import { test } from "../../testing/test.ts"
import { exports } from "./exports.ts"
import { placesOf, treeOf } from "./rule.ts"

const names = { "./actors": "./actors/mod.ts" }
const imported = { "leftfold/actors": "./actors/mod.ts", "other": "./other.ts" }

const found = (npm: object, deno: object, file = "actors/mod.ts") =>
  placesOf(exports(treeOf({
    "package.json": JSON.stringify(npm),
    "deno.json": JSON.stringify(deno),
    [file]: "",
  })))

test("the same names in both manifests are right", () => {
  assert.deepEqual(found({ exports: names }, { exports: names, imports: imported }), [])
})

test("a name that one manifest lacks, has alone or leads elsewhere is refused", () => {
  const elsewhere = { "./actors": "./actors/other.ts" }
  assert.deepEqual(found({ exports: names }, { imports: imported }), ["deno.json:1"])
  assert.deepEqual(found({}, { exports: names }), ["deno.json:1"])
  const moved = { exports: elsewhere, imports: imported }
  assert.deepEqual(found({ exports: names }, moved), ["deno.json:1"])
})

test("a published name is imported under it", () => {
  assert.deepEqual(found({ exports: names }, { exports: names }), ["deno.json:1"])
  assert.deepEqual(found({}, { imports: imported }), ["deno.json:1"])
})

test("a published name leads to a file", () => {
  const deno = { exports: names, imports: imported }
  assert.deepEqual(found({ exports: names }, deno, "actors/a.ts"), ["package.json:1"])
})
