/** Tests of headers as text: their spelling, and that no value can smuggle in another header. */
import assert from "node:assert/strict"
import { test } from "../testing/test.ts"
import { HEADER } from "./header.ts"
import { decodeHeaders, encodeHeaders, travelled } from "./header-text.ts"
import { OTHER_HEADERS } from "./limits.ts"

test("headers are lines between a status line and an empty one", () => {
  assert.equal(encodeHeaders({ One: "1", Two: "Zoë" }), "NATS/1.0\r\nOne: 1\r\nTwo: Zoë\r\n\r\n")
})

test("without headers the text is empty", () => {
  assert.equal(encodeHeaders({}), "")
})

test("a line break in a value does not begin another header", () => {
  for (const value of ["a\r\nTwo: 2", "a\nTwo: 2", "a\rTwo: 2", "a\r\n\r\nTwo: 2"]) {
    assert.equal(encodeHeaders({ One: value }), "NATS/1.0\r\nOne: a Two: 2\r\n\r\n")
    assert.deepEqual(travelled({ One: value }), { One: "a Two: 2" })
  }
})

test("of a hundred thousand headers, all of ours and some of the others are read", () => {
  const others = Array.from({ length: 100_000 }, (_, each) => `X-${each}: ${each}\r\n`).join("")
  const ours = `${HEADER.id}: c-1\r\n${HEADER.contentType}: application/json\r\n`
  const read = decodeHeaders(`NATS/1.0\r\n${others}${ours}Nats-Sequence: 7\r\n\r\n`)
  assert.equal(read[HEADER.id], "c-1")
  assert.equal(read[HEADER.contentType], "application/json")
  assert.equal(read["Nats-Sequence"], "7")
  assert.equal(read["X-1"], "1")
  assert.equal(Object.keys(read).length, OTHER_HEADERS + 3)
})

test("a header named Status is not taken for the status", () => {
  const forged = "Status: 404\r\nDescription: Message Not Found\r\nOne: 1\r\n\r\n"
  assert.deepEqual(decodeHeaders(`NATS/1.0\r\n${forged}`), { One: "1" })
  assert.deepEqual(decodeHeaders(`NATS/1.0 503 No Responders\r\n${forged}`), {
    Status: "503",
    Description: "No Responders",
    One: "1",
  })
})

test("the names of our headers are the same in any case, and the first value counts", () => {
  for (const name of Object.values(HEADER)) {
    for (const given of [name.toLowerCase(), name.toUpperCase()]) {
      const read = decodeHeaders(`NATS/1.0\r\n${given}: one\r\n${name}: two\r\n\r\n`)
      assert.deepEqual(read, { [name]: "one" })
      assert.deepEqual(travelled({ [given]: "one", [name.toLowerCase()]: "one" }), {
        [name]: "one",
      })
    }
  }
  assert.deepEqual(travelled({ "x-other": "1" }), { "x-other": "1" })
})
