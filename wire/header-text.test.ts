/** Tests of headers as text: how they are spelled, and that none can be smuggled in. */
import assert from "node:assert/strict"
import { test } from "node:test"
import { encodeHeaders, travelled } from "./header-text.ts"

test("headers are lines between a status line and an empty one", () => {
  assert.equal(encodeHeaders({ One: "1", Two: "Zoë" }), "NATS/1.0\r\nOne: 1\r\nTwo: Zoë\r\n\r\n")
})

test("no headers are no text", () => {
  assert.equal(encodeHeaders({}), "")
})

test("a line break in a value begins no header", () => {
  for (const value of ["a\r\nTwo: 2", "a\nTwo: 2", "a\rTwo: 2", "a\r\n\r\nTwo: 2"]) {
    assert.equal(encodeHeaders({ One: value }), "NATS/1.0\r\nOne: a Two: 2\r\n\r\n")
    assert.deepEqual(travelled({ One: value }), { One: "a Two: 2" })
  }
})
