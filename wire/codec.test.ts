/** Tests of the codec: values survive both formats, and no bytes can do harm. */
import assert from "node:assert/strict"
import { describe } from "node:test"
import { test } from "../testing/test.ts"
import {
  checkCoding,
  decode,
  decodeFields,
  decodeOwn,
  encode,
  type Format,
  formatOfType,
  sniffFormat,
} from "./codec.ts"
import { Malformed, TooLarge, UnsupportedFormat } from "../contracts/errors.ts"
import { NESTING, VALUES } from "./limits.ts"

const utf8 = new TextEncoder()
const formats: Format[] = ["json", "msgpack"]
const prototypeIsClean = () => assert.equal(Reflect.get({}, "polluted"), undefined)

/** The bytes of this many arrays, one inside another. */
const nested = (format: Format, levels: number): Uint8Array => {
  if (format === "json") return utf8.encode("[".repeat(levels) + "]".repeat(levels))
  const bytes = new Uint8Array(levels).fill(0x91)
  bytes[levels - 1] = 0x90
  return bytes
}

/** A map with one field that has these bytes as its value. */
const field = (format: Format, value: Uint8Array): Uint8Array => {
  const [before, after] = format === "json"
    ? [utf8.encode('{"a":'), utf8.encode("}")]
    : [new Uint8Array([0x81, 0xa1, 0x61]), new Uint8Array()]
  return new Uint8Array([...before, ...value, ...after])
}

for (const format of formats) {
  describe(format, () => {
    test("plain values come back as they were", () => {
      const plain = {
        text: "Zoë 💥 日本",
        long: "x".repeat(100_000),
        whole: 42,
        negative: -1,
        sixtyFour: 64,
        large: Number.MAX_SAFE_INTEGER,
        small: Number.MIN_SAFE_INTEGER,
        fraction: 0.1,
        yes: true,
        nothing: null,
        list: [1, [2, [3]], {}],
        map: { "a key": { "": 1 }, constructor: 1, toString: 2 },
      }
      assert.deepEqual(decode(format, encode(format, plain)), plain)
    })

    test("maps with many fields come back whole", () => {
      const plain = Object.fromEntries(Array.from({ length: 70_000 }, (_, each) => [`k${each}`, 1]))
      assert.deepEqual(decodeOwn(format, encode(format, plain)), plain)
    })

    test("an undefined value becomes null or is left out", () => {
      const decoded = decodeFields(format, encode(format, { a: undefined, b: [undefined], c: 1 }))
      assert.equal(decoded.a ?? null, null)
      assert.deepEqual(decoded.b, [null])
      assert.equal(decoded.c, 1)
      assert.equal(decode(format, encode(format, undefined)), null)
    })

    test("an empty payload is an empty map", () => {
      assert.deepEqual(decode(format, new Uint8Array()), {})
    })

    test("a value that is not a map of fields is malformed", () => {
      for (const value of [[], [1], 1, "text", null, true]) {
        assert.throws(() => decodeFields(format, encode(format, value)), Malformed)
      }
      assert.deepEqual(decodeFields(format, encode(format, { a: 1 })), { a: 1 })
    })

    test("a value that is nested too deeply is malformed", () => {
      for (const levels of [NESTING + 2, 5_000, 200_000]) {
        assert.throws(() => decode(format, nested(format, levels)), Malformed, `${levels}`)
        assert.throws(() => decode(format, field(format, nested(format, levels))), Malformed)
      }
      decode(format, nested(format, NESTING))
    })

    test("after any malformed bytes, good ones are still read right", () => {
      const good = { a: 64, list: [1, 2, { b: "text" }] }
      const bytes = encode(format, good)
      let seed = 42
      const random = (below: number) => (seed = (seed * 48_271) % 2_147_483_647) % below
      for (let round = 0; round < 20_000; round++) {
        const length = 1 + random(40)
        const noise = Uint8Array.from({ length }, () => random(256))
        if (round % 2 === 0) noise.set(bytes.subarray(0, random(Math.min(length, bytes.length))))
        try {
          decode(format, noise)
        } catch (error) {
          assert.ok(error instanceof Malformed, `${[...noise]} threw ${error}`)
        }
        if (round % 50 === 0) assert.deepEqual(decode(format, bytes), good, `after ${[...noise]}`)
      }
      prototypeIsClean()
    })
  })
}

test("a text that is not JSON is malformed, and the message says why", () => {
  for (const text of ["{", "{a:1}", "[1,]", "nul", '"', "{} {}", "\u0000", "{'a':1}", "NaN"]) {
    assert.throws(() => decode("json", utf8.encode(text)), /not JSON/)
  }
  assert.throws(() => decode("json", new Uint8Array([0x22, 0xff, 0x22])), Malformed)
})

test("MessagePack that is too short, too long, or has impossible lengths is malformed", () => {
  const whole = encode("msgpack", { text: "text", list: [1, 2, 3] })
  for (let length = 1; length < whole.length; length++) {
    assert.throws(() => decode("msgpack", whole.subarray(0, length)), Malformed)
  }
  assert.throws(() => decode("msgpack", new Uint8Array([...whole, 1])), Malformed)
  for (const type of [0xc1, 0xc6, 0xdb, 0xdd, 0xdf]) {
    const bytes = new Uint8Array([type, 0xff, 0xff, 0xff, 0xff, 1])
    assert.throws(() => decode("msgpack", bytes), Malformed)
  }
})

test("a field called __proto__ pollutes nothing, in either format", () => {
  const inner = '{"polluted":true}'
  for (const key of ["__proto__", "\\u005f_proto__", "__\\u0070roto__", "\\u005F\\u005fproto__"]) {
    for (const text of [`{"${key}":${inner}}`, `{"a":[{"${key}":${inner}}]}`]) {
      assert.throws(() => decode("json", utf8.encode(text)), Malformed, text)
    }
  }
  const key = [0xa9, ...utf8.encode("__proto__")]
  const value = [0x81, 0xa8, ...utf8.encode("polluted"), 0xc3]
  assert.throws(() => decode("msgpack", new Uint8Array([0x81, ...key, ...value])), Malformed)
  prototypeIsClean()
})

test("__proto__ as a value is a text like any other", () => {
  const plain = { name: "__proto__", list: ["__proto__"] }
  for (const format of formats) assert.deepEqual(decode(format, encode(format, plain)), plain)
})

test("whole numbers of 64 bits are read as numbers, unless they would be rounded", () => {
  const bytes = new Uint8Array([0xcf, 0, 0, 0, 1, 0, 0, 0, 0])
  assert.equal(decode("msgpack", bytes), 4_294_967_296)
  const largest = new Uint8Array([0xcf, ...new Array(8).fill(0xff)])
  assert.throws(() => decode("msgpack", largest), Malformed)
  assert.throws(() => decode("json", utf8.encode("18446744073709551615")), Malformed)
})

test("the first byte tells MessagePack from JSON", () => {
  for (const format of formats) {
    for (const plain of [{}, { a: 1 }, Object.fromEntries([..."abcdefghijklmnopqrst"].entries())]) {
      assert.equal(sniffFormat(encode(format, plain)), format)
    }
  }
  assert.equal(sniffFormat(utf8.encode("  [1]")), "json")
  assert.equal(sniffFormat(new Uint8Array()), "json")
})

test("content types are known in upper case and with parameters", () => {
  const known: [string, Format][] = [
    ["application/json", "json"],
    ["Application/JSON; charset=utf-8", "json"],
    ["application/problem+json", "json"],
    [" application/json ;x=y", "json"],
    ["application/msgpack", "msgpack"],
    ["APPLICATION/X-MSGPACK", "msgpack"],
    ["application/vnd.msgpack;v=1", "msgpack"],
    ['application/json; charset="UTF8"', "json"],
  ]
  for (const [type, format] of known) assert.equal(formatOfType(type), format, type)
})

test("other content types are refused with a short message", () => {
  const others = [
    "",
    "text/plain",
    "application/xml",
    "json",
    "text/json",
    "image/svg+json",
    "application/json; charset=utf-16",
    'application/json; charset="iso-8859-1"',
    "application/json, application/msgpack",
    "text/plain; a=application/json",
    "application/jsonp",
    "application/msgpackx",
    "x".repeat(10_000),
  ]
  for (const type of others) {
    assert.throws(() => formatOfType(type), (error) => {
      return error instanceof UnsupportedFormat && error.message.length < 250
    })
  }
})

test("only contents without a content encoding are accepted", () => {
  for (const coding of [undefined, "identity", "Identity"]) checkCoding(coding)
  for (const coding of ["gzip", "br", "identity, gzip", "", "deflate", "x".repeat(10_000)]) {
    assert.throws(() => checkCoding(coding), (error) => {
      return error instanceof UnsupportedFormat && error.message.length < 250
    })
  }
})

/** Lists with two references to the list before: 60 of them make 2^60 paths in 1,136 bytes. */
const references = (): Uint8Array => {
  const word = (value: number) => [0, 0, 0, value]
  const bytes = [0x81, 0xa1, 0x61, 0xdc, 0, 60, 0xd6, 0x69, ...word(1), 0x92, 0xc0, 0xc0]
  for (let level = 2; level <= 60; level++) {
    const pointer = [0xd6, 0x70, ...word(level - 1)]
    bytes.push(0xd6, 0x69, ...word(level), 0x92, ...pointer, ...pointer)
  }
  return Uint8Array.from(bytes)
}

test("shared references are refused at once, whether sent or stored", () => {
  const bytes = references()
  for (const read of [decode, decodeOwn]) {
    const began = performance.now()
    assert.throws(() => read("msgpack", bytes), Malformed)
    assert.ok(performance.now() - began < 1_000)
  }
})

test("the limit of values holds for requests, but not for bytes that we wrote", () => {
  for (const format of formats) {
    const most = encode(format, new Array(VALUES - 1).fill({}))
    assert.equal((decode(format, most) as unknown[]).length, VALUES - 1)
    const more = encode(format, new Array(VALUES).fill({}))
    assert.throws(() => decode(format, more), TooLarge)
    assert.equal((decodeOwn(format, more) as unknown[]).length, VALUES)
  }
})
