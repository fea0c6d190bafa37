/** Tests of headers as bytes: how they are spelled, and that none can be smuggled in. */
import assert from "node:assert/strict"
import { test } from "node:test"
import { encodeHeaders, travelled } from "./header-bytes.ts"

const textOf = (headers: Record<string, string>) => new TextDecoder().decode(encodeHeaders(headers))

test("headers are lines between a status line and an empty one", () => {
  assert.equal(textOf({ One: "1", Two: "Zoë" }), "NATS/1.0\r\nOne: 1\r\nTwo: Zoë\r\n\r\n")
})

test("no headers are no bytes", () => {
  assert.equal(encodeHeaders({}), undefined)
})

test("a line break in a value begins no header", () => {
  for (const value of ["a\r\nTwo: 2", "a\nTwo: 2", "a\rTwo: 2", "a\r\n\r\nTwo: 2"]) {
    assert.equal(textOf({ One: value }), "NATS/1.0\r\nOne: a Two: 2\r\n\r\n")
    assert.deepEqual(travelled({ One: value }), { One: "a Two: 2" })
  }
})
