/** Tests of which database errors can pass by themselves. */
import assert from "node:assert/strict"
import { test } from "../../testing/test.ts"
import { isOutage } from "./outage.ts"

const withCode = (code: string) => Object.assign(new Error(code), { code })

test("a database that cannot be reached is an outage", () => {
  const codes = [
    ...["ECONNREFUSED", "ECONNRESET", "EPIPE", "ETIMEDOUT", "ENOTFOUND", "EAI_AGAIN", "ENOENT"],
    ...["CONNECTION_CLOSED", "CONNECTION_ENDED", "CONNECTION_DESTROYED", "CONNECT_TIMEOUT"],
    ...["57P01", "57P02", "57P03", "53300", "53100", "08006", "08P01"],
  ]
  for (const code of codes) assert.ok(isOutage(withCode(code)), code)
  assert.ok(isOutage(new AggregateError([withCode("ECONNREFUSED")])))
})

test("a statement that was refused is none, and neither is a bug", () => {
  const codes = ["42P01", "23505", "22P02", "40001", "57014", "UNDEFINED_VALUE"]
  for (const code of [...codes, "ERR_INVALID_ARG_TYPE", "NOT_TAGGED_CALL", ""]) {
    assert.ok(!isOutage(withCode(code)), code)
  }
  for (const error of [new TypeError("x"), "ECONNREFUSED", undefined, new AggregateError([])]) {
    assert.ok(!isOutage(error))
  }
})
