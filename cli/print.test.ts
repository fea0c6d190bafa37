/** Tests of tables. */
import assert from "node:assert/strict"
import { test } from "../testing/test.ts"
import { tableLines } from "./print.ts"

test("a cell is one line, even when its value has several", () => {
  assert.deepEqual(tableLines(["A", "B"], [["x\ny", "1\t2"]]), ["A    B", "x y  1 2"])
})
