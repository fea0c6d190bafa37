/** Tests of our MessagePack against msgpackr, which implements the whole format. */
import assert from "node:assert/strict"
import { test } from "../../testing/test.ts"
import fc from "fast-check"
import { Packr } from "msgpackr"
import { readMsgpack } from "./msgpack-reader.ts"
import { writeMsgpack } from "./msgpack-writer.ts"

const packr = new Packr({ useRecords: false, variableMapSize: true, int64AsType: "number" })
const limits = { levels: 64, values: 100_000, own: true }

const plain = fc.object({
  key: fc.string({ unit: "grapheme" }).filter((key) => key !== "__proto__"),
  values: [
    fc.integer(),
    fc.maxSafeInteger(),
    fc.double({ noNaN: true, noDefaultInfinity: true }).filter((value) => !Object.is(value, -0)),
    fc.string({ unit: "grapheme" }),
    fc.boolean(),
    fc.constant(null),
  ],
})

test("msgpackr reads what we write", () => {
  fc.assert(fc.property(plain, (value) => {
    assert.deepEqual(packr.unpack(writeMsgpack(value, 64)), value)
  }))
})

test("we read what msgpackr writes", () => {
  fc.assert(fc.property(plain, (value) => {
    assert.deepEqual(readMsgpack(packr.pack(value), limits), value)
  }))
})

test("msgpackr reads whole numbers as whole numbers, however large", () => {
  const exact = new Packr({ useRecords: false, int64AsType: "bigint" })
  const large = fc.maxSafeInteger().filter((value) => value > 2 ** 32 || value < -(2 ** 31))
  fc.assert(fc.property(large, (value) => {
    assert.equal(exact.unpack(writeMsgpack(value, 1)), BigInt(value))
  }))
})
