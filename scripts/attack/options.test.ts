/** Tests of the command line of the attacks. */
import assert from "node:assert/strict"
import { test } from "../../testing/test.ts"
import { optionsOf } from "./options.ts"

const known = ["paths", "headers"]

test("without options all classes are run within four minutes", () => {
  const { only, isShort, seed, limitMs } = optionsOf([], known)
  assert.deepEqual([only, isShort, seed, limitMs], [undefined, false, 7, 240_000])
  assert.equal(optionsOf(["--short"], known).limitMs, 50_000)
})

test("classes are chosen by name, and an unknown name is refused", () => {
  assert.deepEqual(optionsOf(["--only", "headers,paths"], known).only, ["headers", "paths"])
  assert.throws(() => optionsOf(["--only", "path"], known), /no class path; there are: paths/)
})

test("an invalid seed and an invalid time are refused", () => {
  for (const seed of ["-1", "1.5", "x", "1e99"]) {
    assert.throws(() => optionsOf([`--seed=${seed}`], known), /--seed/)
  }
  for (const seconds of ["0", "x", "3601"]) {
    assert.throws(() => optionsOf([`--seconds=${seconds}`], known), /--seconds/)
  }
})
