/** Tests of bounded decoding: the cost is in proportion to the value's size, for every schema. */
import assert from "node:assert/strict"
import { describe } from "node:test"
import { test } from "../../testing/test.ts"
import { Schema } from "effect"
import { countValues } from "./bounded-decode.ts"
import { countedReads, TooManyReads } from "./counted-reads.ts"
import { Invalid } from "../errors.ts"
import { COMPARED_ITEMS, ISSUES_REPORTED, LISTED_VALUES, NUMBER_DIGITS } from "../limits.ts"
import { schemaCodec } from "./schema-codec.ts"

type Any = Schema.Codec<unknown, unknown>

const { Int, String: Text, Struct, Union } = Schema

const codecOf = (schema: unknown) => schemaCodec(schema as Any, "a message", { fromAnybody: true })

const issuesOf = (decode: () => unknown): readonly string[] => {
  try {
    decode()
  } catch (error) {
    if (error instanceof Invalid) return error.issues?.map(({ path }) => path) ?? [error.message]
    throw error
  }
  return []
}

describe("issues", () => {
  let looks = 0
  const Counted = Text.check(Schema.makeFilter((text: string) => {
    looks++
    return text !== ""
  }))
  const list = codecOf(Struct({ items: Schema.Array(Counted) }))
  const items = (length: number) => ({ items: new Array(length).fill("") })

  test("of a small value are all named, up to a limit", () => {
    const issues = issuesOf(() => list.decode(items(LISTED_VALUES - 3)))
    assert.deepEqual(issues, Array.from({ length: ISSUES_REPORTED }, (_, each) => `items.${each}`))
  })

  test("of a large value are not looked for after the first", () => {
    looks = 0
    assert.deepEqual(issuesOf(() => list.decode(items(20_000))), ["items.0"])
    // Once by the compiled schema, and once to describe the issue.
    assert.ok(looks <= 2, `${looks}`)
    const plain = list.encode({ items: ["a"] })
    assert.deepEqual(plain, { items: ["a"] })
    looks = 0
    assert.deepEqual(issuesOf(() => list.encode(items(20_000))), ["items.0"])
    // Once by the compiled schema, and once to describe the issue.
    assert.ok(looks <= 2, `${looks}`)
  })
})

describe("alternatives", () => {
  interface Node {
    readonly of: Node
  }
  const inner = Schema.suspend((): Schema.Codec<Node> => Node as never)
  const Node = Union([
    Struct({ of: inner, x: Int, y: Schema.optionalKey(Int) }),
    Struct({ of: inner, y: Int, x: Schema.optionalKey(Int) }),
    Struct({ leaf: Int }),
  ])
  const node = codecOf(Node)

  /** A value whose levels are each read twice for every read of the level around it. */
  const nested = (levels: number, leaf: unknown): unknown => {
    let value: unknown = { leaf }
    for (let level = 0; level < levels; level++) value = { of: value, y: 1 }
    return value
  }

  test("are tried while that is cheap", () => {
    const good = nested(6, 1)
    const read = node.decode(good)
    assert.deepEqual(read, good)
    assert.deepEqual(structuredClone(read), good, "the result holds no proxies")
    assert.equal(issuesOf(() => node.decode(nested(3, "x"))).length > 0, true)
  })

  test("nested in alternatives are given up, not tried for ever", () => {
    for (const leaf of [1, "x"]) {
      for (const levels of [20, 60, 200]) {
        assert.throws(
          () => node.decode(nested(levels, leaf)),
          /too long to check.*send less, or give/,
        )
      }
    }
  })

  test("in large numbers are given up for many items, but not for a few", () => {
    const fields = Array.from({ length: 50 }, (_, each) => Struct({ [`f${each}`]: Int }))
    const many = codecOf(Schema.Array(Union(fields)))
    const last = (length: number) => Array.from({ length }, () => ({ f49: 1 }))
    assert.deepEqual(many.decode(last(30)), last(30))
    assert.throws(() => many.decode(last(10_000)), /too long to check/)
  })

  test("in values of our own are tried at any cost", () => {
    const own = schemaCodec(Node as unknown as Any, "ours")
    assert.deepEqual(own.decode(nested(12, 1)), nested(12, 1))
  })
})

test("numbers in texts are bounded, other texts are not", () => {
  const { decode } = codecOf(Struct({ a: Schema.BigInt, b: Schema.optionalKey(Text) }))
  const most = "9".repeat(NUMBER_DIGITS)
  assert.deepEqual(decode({ a: most, b: "x".repeat(5_000) }), {
    a: BigInt(most),
    b: "x".repeat(5_000),
  })
  for (const text of [`${most}9`, "9".repeat(800_000), `-${most}9`, `${most}.9`]) {
    assert.throws(() => decode({ a: text }), /more than 1000 digits/)
  }
})

test("numbers in durations are bounded, in each form that is read", () => {
  const [most, many] = ["9".repeat(NUMBER_DIGITS - 2), "9".repeat(800_000)]
  const forms: readonly (readonly [Any, (digits: string) => string])[] = [
    [Schema.DurationFromString as Any, (digits) => `${digits} nanos`],
    [Schema.DurationFromString as Any, (digits) => `-${digits} weeks`],
    [Schema.DurationFromIsoString as Any, (digits) => `PT${digits}S`],
    [Schema.DurationFromIsoString as Any, (digits) => `-P1DT1H${digits.slice(4)}M`],
  ]
  for (const [schema, text] of forms) {
    const { decode } = codecOf(Struct({ a: schema }))
    decode({ a: text(most) })
    assert.throws(() => decode({ a: text(many) }), /more than 1000 digits/, text("9"))
  }
})

test("items that are compared with each other are bounded, others are not", () => {
  const distinct = (length: number) => Array.from({ length }, (_, each) => `k${each}`)
  const unique = codecOf(Struct({ tags: Schema.UniqueArray(Text) }))
  unique.decode({ tags: distinct(COMPARED_ITEMS) })
  assert.throws(
    () => unique.decode({ tags: distinct(COMPARED_ITEMS + 1) }),
    /at most 1000 items; one has 1001/,
  )
  const list = codecOf(Struct({ tags: Schema.Array(Text) }))
  list.decode({ tags: distinct(COMPARED_ITEMS + 1) })
})

test("values are counted, up to a bound", () => {
  assert.equal(countValues(1, 10), 1)
  assert.equal(countValues([], 10), 1)
  assert.equal(countValues({ a: [1, { b: null }], c: "x" }, 10), 6)
  assert.equal(countValues(new Array(9).fill(0), 10), 10)
  assert.equal(countValues(new Array(1_000).fill([1, 2]), 10), 10)
})

test("reads are counted through arrays and maps, and change nothing", () => {
  const value = Object.freeze({ list: Object.freeze([Object.freeze({ a: 1 })]), date: new Date(0) })
  const counted = countedReads(value, 100)
  assert.ok(Array.isArray(counted.list))
  assert.deepEqual(Object.keys(counted), ["list", "date"])
  assert.equal(counted.list, counted.list)
  assert.equal(counted.list[0]?.a, 1)
  assert.equal(counted.date.getTime(), 0)
  assert.equal(Reflect.set(counted, "list", 1), false)
  assert.deepEqual(JSON.parse(JSON.stringify(counted)), JSON.parse(JSON.stringify(value)))
  const few = countedReads(value, 3)
  assert.throws(() => Array.from({ length: 4 }, () => few.list), TooManyReads)
})
