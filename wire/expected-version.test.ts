/** Tests of expected versions: single ones, and the conditions that HTTP's tags become. */
import assert from "node:assert/strict"
import { test } from "../testing/test.ts"
import { Invalid } from "../contracts/internal.ts"
import { isExpected, readExpectedVersion, versionCondition } from "./expected-version.ts"

test("a condition holds at the versions that it names, and survives its header", () => {
  const cases: [Parameters<typeof versionCondition>, number | string | undefined, number[]][] = [
    [[[2], undefined], 2, [2]],
    [[[1, 2], undefined], "1,2", [1, 2]],
    [["*", undefined], "*", [1, 2, 3]],
    [[[], undefined], "-", []],
    [[undefined, "*"], "!*", [0]],
    [[undefined, [1]], "!1", [0, 2, 3]],
    [[undefined, []], undefined, [0, 1, 2, 3]],
    [["*", [1, 3]], "*;!1,3", [2]],
    [[[0, 1], "*"], "0,1;!*", [0]],
    [[[], "*"], "-;!*", []],
  ]
  for (const [given, condition, holds] of cases) {
    assert.equal(versionCondition(...given), condition)
    if (condition === undefined) continue
    const read = readExpectedVersion("header", String(condition))
    assert.equal(read, condition)
    assert.deepEqual([0, 1, 2, 3].filter((version) => isExpected(read, version)), holds)
  }
})

test("what is no condition is refused", () => {
  const bad = ["", "!", "!-", "*,1", "1,", ",1", "1;2", "!1;2", "1;!", "**", " 1", "1".repeat(16)]
  for (const text of bad) assert.throws(() => readExpectedVersion("header", text), Invalid, text)
  const long = Array.from({ length: 5_000 }, () => "1").join(",")
  assert.throws(() => readExpectedVersion("header", long), Invalid)
})
