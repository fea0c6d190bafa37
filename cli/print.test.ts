/** Tests that printed text cannot control the terminal, no matter who wrote it. */
import assert from "node:assert/strict"
import { test } from "../testing/test.ts"
import { harmless, tableLines } from "./print.ts"

test("what a terminal would take for an order is replaced, and text stays as it is", () => {
  assert.equal(
    harmless("\u001b[2J\u001b]0;x\u0007 \u009b1m a\rb"),
    "\ufffd[2J\ufffd]0;x\ufffd \ufffd1m a\ufffdb",
  )
  assert.equal(harmless("\u202eevil"), "\ufffdevil")
  const text = "Zoë\t10 €\n💎"
  assert.equal(harmless(text), text)
})

test("a cell is one line, however many its value has", () => {
  assert.deepEqual(tableLines(["A", "B"], [["x\ny", "1\t2"]]), ["A    B", "x y  1 2"])
})
