/** Tests of a time's text in Postgres and back. */
import assert from "node:assert/strict"
import { test } from "../testing/test.ts"
import { timeFromPostgres, timeToPostgres } from "./time-text.ts"

const SAME = [
  ["1969-12-31T23:59:59.999Z", "1969-12-31T23:59:59.999Z", "1969-12-31 23:59:59.999+00"],
  ["9999-01-01T00:00:00.000Z", "9999-01-01T00:00:00.000Z", "9999-01-01T00:00:00+00:00"],
  ["+010000-01-01T00:00:00.000Z", "10000-01-01T00:00:00.000Z", "10000-01-01 00:00:00+00"],
  ["0001-01-01T00:00:00.000Z", "0001-01-01T00:00:00.000Z", "0001-01-01 00:00:00+00"],
  ["0000-03-15T00:00:00.000Z", "0001-03-15T00:00:00.000Z BC", "0001-03-15 00:00:00+00 BC"],
  ["-000043-03-15T00:00:00.000Z", "0044-03-15T00:00:00.000Z BC", "0044-03-15T00:00:00+00:00 BC"],
] as const

test("a time of any year is written and read", () => {
  for (const [iso, written, read] of SAME) {
    assert.equal(timeToPostgres(iso), written)
    assert.equal(timeFromPostgres(read).toISOString(), iso)
  }
})

test("what is no time in UTC is refused", () => {
  for (const text of ["", "infinity", "2026-01-01 00:00:00+01", "2026-01-01"]) {
    assert.throws(() => timeFromPostgres(text), TypeError, text)
  }
})
