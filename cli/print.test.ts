/** Tests that printed text cannot control the terminal, no matter who wrote it. */
import assert from "node:assert/strict"
import { test } from "../testing/test.ts"
import { harmless, tableLines } from "./print.ts"

test("control characters are replaced, and other text stays as it is", () => {
  assert.equal(
    harmless("\u001b[2J\u001b]0;x\u0007 \u009b1m a\rb"),
    "\ufffd[2J\ufffd]0;x\ufffd \ufffd1m a\ufffdb",
  )
  assert.equal(harmless("\u202eevil"), "\ufffdevil")
  const text = "Zoë\t10 €\n💎"
  assert.equal(harmless(text), text)
})

test("a cell is one line, even when its value has several", () => {
  assert.deepEqual(tableLines(["A", "B"], [["x\ny", "1\t2"]]), ["A    B", "x y  1 2"])
})
