/** Tests of how arrays travel to and from SQL. */
import assert from "node:assert/strict"
import { test } from "../../testing/test.ts"
import fc from "fast-check"
import { parseArray, writeArray } from "./sql-types.ts"

const text = (element: string) => element

test("an array is read as Postgres writes it", () => {
  assert.deepEqual(parseArray("{}", text), [])
  assert.deepEqual(parseArray('{""}', text), [""])
  assert.deepEqual(parseArray('{a,NULL,"NULL","a b"}', text), ["a", null, "NULL", "a b"])
  assert.deepEqual(parseArray('{"\\"","\\\\","{,}"}', text), ['"', "\\", "{,}"])
  assert.deepEqual(parseArray("{1,-2.5,NaN}", Number), [1, -2.5, NaN])
})

test("what is written is what is read", () => {
  fc.assert(fc.property(
    fc.array(fc.option(fc.string({ unit: "binary" }))),
    (values) => assert.deepEqual(parseArray(writeArray(values), text), values),
  ))
})
