/** Tests of the rule on globals. */
import assert from "node:assert/strict"
import { test } from "../../testing/test.ts"
import { globals } from "./globals.ts"
import { placesOf, treeOf } from "./rule.ts"

const found = (text: string, path = "actors/a.ts") => placesOf(globals(treeOf({ [path]: text })))

test("a global of one runtime is refused", () => {
  assert.deepEqual(found("\nDeno.exit(1)"), ["actors/a.ts:2"])
  assert.deepEqual(found("const a = __dirname"), ["actors/a.ts:1"])
  assert.deepEqual(found("Deno.exit(1)", "app/exit-deno.ts"), [])
  assert.deepEqual(found(`// Deno.exit\nconst a = "Deno" in globalThis`), [])
})

test("what Node has as a global is imported", () => {
  assert.deepEqual(found("process.exit(1)"), ["actors/a.ts:1"])
  assert.deepEqual(found(`Buffer.from("a")`), ["actors/a.ts:1"])
  assert.deepEqual(found(`import process from "node:process"\nprocess.exit(1)`), [])
  assert.deepEqual(found(`import { Buffer } from "node:buffer"\nBuffer.from("a")`), [])
  assert.deepEqual(found("child.process.kill()"), [])
})

test("a handler of the shop takes time, ids and random numbers from its meta", () => {
  const order = "examples/shop/orders/order.ts"
  for (const text of ["Date.now()", "new Date()", "Math.random()", "crypto.randomUUID()"]) {
    assert.deepEqual(found(text, order), [`${order}:1`])
    assert.deepEqual(found(text, "examples/shop/orders/order.test.ts"), [])
    assert.deepEqual(found(text, "examples/shop/main.ts"), [])
  }
  assert.deepEqual(found("new Date(context.time)", order), [])
})
