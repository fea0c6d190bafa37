/** Tests of which projections can be defined, and which the compiler refuses. */
import assert from "node:assert/strict"
import { test } from "../testing/test.ts"
import { Schema } from "effect"
import { Boxes, LabelledBoxes, Labels } from "./fixtures/boxes.ts"
import { contextsOf, Projection } from "./projection.ts"
import type { IndexOption } from "./view-index.ts"

const row = { id: Schema.String, count: Schema.Int, state: Schema.Literals(["open", "shut"]) }

const define = (key: string, more: object = {}) =>
  Projection.define("boxes.some", { from: [Boxes], row, key: key as "id", on: {}, ...more })

test("a key that is no column, or no text, is refused", () => {
  assert.throws(
    () => define("nothing"),
    new TypeError('boxes.some: there is no column "nothing" in its row'),
  )
  assert.throws(() => define("toString"), TypeError)
  assert.throws(
    () => define("count"),
    /the key "count" must be a text that is never absent or null/,
  )
  const optional = { id: Schema.optionalKey(Schema.String) }
  assert.throws(
    () => Projection.define("boxes.some", { from: [Boxes], row: optional, key: "id", on: {} }),
    TypeError,
  )
})

test("an index on what is no column is refused", () => {
  assert.throws(() => define("id", { indexes: [["count", "nothing"]] }), TypeError)
  assert.deepEqual(define("id", { indexes: ["count", ["state", "count"]] }).indexes, [
    { columns: ["count"], unique: false },
    { columns: ["state", "count"], unique: false },
  ])
})

test("a unique index that holds the key is refused, as it would say nothing", () => {
  const index = { columns: ["count", "id"] as const, unique: true }
  assert.throws(() => define("id", { indexes: [index] }), TypeError)
  // @ts-expect-error: the index is no column
  const wrong: IndexOption<keyof typeof row> = { columns: ["x"], unique: true }
  assert.throws(() => define("id", { indexes: [wrong] }), TypeError)
})

test("two indexes by the same columns are refused, as they would have one name", () => {
  const twice: IndexOption<keyof typeof row>[] = ["count", ["count"]]
  assert.throws(() => define("id", { indexes: twice }), /boxes\.some: it has two indexes by count/)
})

test("a name that is none is refused", () => {
  for (const name of ["boxes", "Boxes.list", "boxes.list.more", "leftfold.list"]) {
    const bad = () => Projection.define(name, { from: [Boxes], row, key: "id", on: {} })
    assert.throws(bad, TypeError, name)
  }
})

test("the contexts are those of its contracts, once each", () => {
  assert.deepEqual(contextsOf(LabelledBoxes), ["boxes", "labels"])
  assert.deepEqual(contextsOf({ from: [Boxes, Boxes] }), ["boxes"])
})

test("names that every object has are no handlers", () => {
  assert.equal(define("id").handles("toString"), false)
  assert.equal(LabelledBoxes.handles("Stuck"), true)
})

// The compiler checks what follows; it never runs.
export const _types = () => {
  const open = { count: 0, state: "open" } as const
  // A row's literals need no `as const`, and a handler can return its row.
  Projection.define("boxes.fine", {
    from: [Boxes, Labels],
    row,
    key: { column: "id", of: (event, { id }) => event.type === "Stuck" ? event.data.box : id },
    indexes: ["count", ["state", "id"]],
    on: {
      Put: (before, { count }, { id }) => ({
        id,
        count: (before?.count ?? 0) + count,
        state: "open",
      }),
      Emptied: (before) => before && { ...before, state: "shut" },
      Stuck: (before, { text }) => before && { ...before, count: text.length },
    },
  })
  Projection.define("boxes.unknown-event", {
    from: [Boxes],
    row,
    key: "id",
    // @ts-expect-error: no contract has this event
    on: { Invented: (before) => before },
  })
  Projection.define("boxes.unknown-of-several", {
    from: [Boxes, Labels],
    row,
    key: "id",
    // @ts-expect-error: neither contract has this event
    on: { Invented: () => undefined },
  })
  Projection.define("boxes.missing-column", {
    from: [Boxes],
    row,
    key: "id",
    // @ts-expect-error: the row has no id
    on: { Put: () => ({ ...open }) },
  })
  Projection.define("boxes.wrong-column", {
    from: [Boxes],
    row,
    key: "id",
    // @ts-expect-error: a count is a number
    on: { Put: (_, __, { id }) => ({ id, count: "many", state: "open" }) },
  })
  Projection.define("boxes.wrong-literal", {
    from: [Boxes],
    row,
    key: "id",
    // @ts-expect-error: there is no such state
    on: { Put: (_, __, { id }) => ({ id, count: 1, state: "ajar" }) },
  })
  Projection.define("boxes.wrong-field", {
    from: [Boxes, Labels],
    row,
    key: "id",
    // @ts-expect-error: the event has no such field
    on: { Stuck: (_, { count }, { id }) => ({ id, count, state: "open" }) },
  })
  // @ts-expect-error: the key is no column
  Projection.define("boxes.wrong-key", { from: [Boxes], row, key: "name", on: {} })
  // @ts-expect-error: the index is no column
  Projection.define("boxes.wrong-index", { from: [Boxes], row, key: "id", indexes: ["x"], on: {} })
}
