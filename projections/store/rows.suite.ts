/** What every store does with rows, whatever is in them. */
import assert from "node:assert/strict"
import { test } from "../../testing/test.ts"
import { Schema } from "effect"
import { BoxList } from "../fixtures/boxes.ts"
import type { Scope } from "../log/feed.suite.ts"
import { type PlainRow, Projection } from "../projection.ts"
import { RefusedRows } from "./refused-row.ts"
import type { Store } from "./store.ts"
import {
  box,
  changing,
  positionsIn,
  roundTrip,
  rowOf,
  rowsOf,
  saveNext,
  viewOf,
} from "../fixtures/stored.ts"

const everyType = viewOf("boxes.every-type", {
  id: Schema.String,
  whole: Schema.Int,
  real: Schema.Finite,
  any: Schema.Number,
  truth: Schema.Boolean,
  when: Schema.Date,
  kind: Schema.Literals(["round", "square"]),
  maybe: Schema.optionalKey(Schema.Int),
  or_null: Schema.NullOr(Schema.String),
  nested: Schema.Struct({ inner: Schema.NullOr(Schema.Struct({ when: Schema.Date })) }),
  list: Schema.Array(Schema.Finite),
  big: Schema.BigInt,
  anything: Schema.Unknown,
})

const Members = Projection.define("boxes.members", {
  from: [],
  row: { id: Schema.String, email: Schema.NullOr(Schema.String) },
  key: "id",
  indexes: [{ columns: ["email"], unique: true }],
  on: {},
})

const member = (id: string, email: string | null): PlainRow => ({ id, email })

const typedRow = {
  id: "r",
  whole: -9007199254740991,
  real: -0.1,
  any: Infinity,
  truth: false,
  when: new Date("1969-12-31T23:59:59.999Z"),
  kind: "square",
  or_null: null,
  nested: { inner: { when: new Date("2026-02-03T04:05:06.007Z") } },
  list: [1.5, -2, 0],
  big: 123456789012345678901234567890n,
  anything: null,
}

/** Registers the tests; `open` makes a store that is new. */
export const rowTests = (open: (scope: Scope) => Promise<Store>): void => {
  test("keys without a row are missing from what is loaded", async (t) => {
    const store = await open(t)
    await roundTrip(store, BoxList, box("a", 1))
    assert.deepEqual([...(await rowsOf(store, BoxList, ["x", "a", "y"])).keys()], ["a"])
    assert.equal((await rowsOf(store, BoxList, [])).size, 0)
    assert.equal(await rowOf(store, BoxList, "x"), undefined)
    assert.deepEqual(await rowOf(store, BoxList, "a"), box("a", 1))
  })

  test("a value of every type comes back as it was", async (t) => {
    const store = await open(t)
    const plain = everyType.codec.encode(typedRow) as PlainRow
    const [loaded] = await roundTrip(store, everyType, plain)
    assert.deepEqual(loaded, plain)
    assert.deepEqual(everyType.codec.decode(loaded), typedRow)
    const full = { ...plain, maybe: 0, or_null: "", any: -1e-300, nested: { inner: null } }
    assert.deepEqual(await roundTrip(store, everyType, full), [full])
  })

  test("keys may be any text", async (t) => {
    const store = await open(t)
    const keys = ["'", '"', "\\", "a,b", "{}", "ünï 💎", " ", "null", "$1", "\n", "%"]
    await roundTrip(store, BoxList, ...keys.map((key) => box(key, 1)))
    assert.deepEqual(new Set((await rowsOf(store, BoxList, keys)).keys()), new Set(keys))
    await saveNext(store, BoxList, { deletes: keys.slice(1) })
    assert.deepEqual([...(await rowsOf(store, BoxList, keys)).keys()], ["'"])
  })

  test("projections and columns may be called like words of SQL", async (t) => {
    const store = await open(t)
    const words = ["select", "order", "user", "view", "row", "fence", "excluded", "table", "key"]
    const view = viewOf(
      "select.table",
      Object.fromEntries(words.map((word) => [word, Schema.String])),
      "order",
    )
    const row = Object.fromEntries(words.map((word) => [word, `the ${word}`]))
    assert.deepEqual(await roundTrip(store, view, row), [row])
    assert.deepEqual(await roundTrip(store, view, row), [row])
    await saveNext(store, view, { deletes: ["the order"] })
    assert.equal(await rowOf(store, view, "the order"), undefined)
  })

  test("a row may consist of its key alone", async (t) => {
    const store = await open(t)
    const view = viewOf("boxes.ids", { id: Schema.String })
    await roundTrip(store, view, { id: "a" })
    assert.deepEqual(await roundTrip(store, view, { id: "a" }), [{ id: "a" }])
  })

  test("a row that breaks a unique index is refused by name, and nothing is written", async (t) => {
    const store = await open(t)
    await store.claim(Members)
    await saveNext(store, Members, { upserts: [member("a", "ada"), member("b", null)] })
    const upserts = [
      ...[member("c", "c"), member("d", null), member("e", "ada")],
      ...[member("f", "f"), member("g", "c")],
    ]
    await assert.rejects(saveNext(store, Members, { upserts }), RefusedRows)
    const refused = await store.refused(await store.serving(Members.name), changing({ upserts }))
    assert.deepEqual([...refused.keys()], ["e", "g"])
    assert.match(refused.get("e")?.message ?? "", /^the row "e" is refused: /)
    const rows = await rowsOf(store, Members, ["a", "b", "c", "d", "e", "f", "g"])
    assert.deepEqual([...rows.keys()].sort(), ["a", "b"])
    assert.deepEqual(await positionsIn(store, Members), { boxes: 1 })
    const others = upserts.filter(({ id }) => !refused.has(String(id)))
    assert.equal(await saveNext(store, Members, { upserts: others }), true)
  })

  test("a row takes what is unique from one that goes in the same save", async (t) => {
    const store = await open(t)
    await store.claim(Members)
    await saveNext(store, Members, { upserts: [member("a", "ada"), member("b", "bob")] })
    const upserts = [member("c", "ada"), member("d", "bob")]
    const generation = await store.serving(Members.name)
    const refused = await store.refused(generation, { upserts, deletes: ["a"] })
    assert.deepEqual([...refused.keys()], ["d"])
    assert.equal((await store.refused(generation, { upserts, deletes: ["a", "b"] })).size, 0)
  })

  test("rows may exchange what is unique, and take it over from one that goes", async (t) => {
    const store = await open(t)
    await store.claim(Members)
    await saveNext(store, Members, { upserts: [member("a", "1"), member("b", "2")] })
    await saveNext(store, Members, { upserts: [member("a", "2"), member("b", "1")] })
    await saveNext(store, Members, { upserts: [member("c", "2")], deletes: ["a"] })
    assert.equal((await rowOf(store, Members, "c"))?.email, "2")
  })

  test("text that no database can hold does not stop a view", async (t) => {
    const store = await open(t)
    const view = viewOf("boxes.texts", { id: Schema.String, text: Schema.String })
    const odd = "\u0000 \ud800 \udc00\ud800 \\u0000 \\\u0000 💎"
    const [loaded] = await roundTrip(store, view, { id: "a", text: odd })
    const shown = String(loaded?.text)
    const replaced = "\ufffd \ufffd \ufffd\ufffd \\u0000 \\\ufffd 💎"
    assert.ok(shown === odd || shown === replaced, JSON.stringify(shown))
  })
}
