/** Tests of the test sentences: what they assert, and which mistakes they catch. */
import assert from "node:assert/strict"
import { test } from "../testing/test.ts"
import { Boxes, BoxList, LabelledBoxes, Painted, Put, Removed, Stuck } from "./fixtures/boxes.ts"
import { Schema } from "effect"
import { Projection } from "./projection.ts"
import { given, happened } from "./testing.ts"

const put = happened("a", Put({ count: 2 }))

test("a row is compared with all of its columns", () => {
  const view = given(BoxList, put)
  view.thenRow("a", { id: "a", count: 2, puts: 1, last: 1 })
  assert.throws(
    () => view.thenRow("a", { id: "a", count: 3, puts: 1, last: 1 }),
    assert.AssertionError,
  )
  assert.throws(() => view.thenNoRow("a"), assert.AssertionError)
  view.thenNoRow("b")
})

test("a row that was removed is not there", () =>
  given(BoxList, put, happened("a", Removed())).thenNoRow("a"))

test("events without a handler change nothing", () =>
  given(BoxList, put, happened("a", Painted()))
    .thenRow("a", { id: "a", count: 2, puts: 1, last: 1 }))

test("rows in which several contracts meet can be given", () =>
  given(LabelledBoxes, put, happened("l", Stuck({ box: "a", text: "up" })))
    .thenRow("a", { box: "a", count: 2, labels: ["up"] }))

test("an event of another contract, or with wrong fields, cannot be given", () => {
  assert.throws(() => given(BoxList, happened("l", Stuck({ box: "a", text: "up" }))), /Stuck/)
  assert.throws(() => given(BoxList, happened("a", Put({ count: 0.5 }))), /count/)
})

test("a handler that changes its row or its event fails, by its name", () => {
  const careless = (change: (row: object, event: object) => void) =>
    Projection.define("boxes.careless", {
      from: [Boxes],
      row: { id: Schema.String, counts: Schema.Array(Schema.Int) },
      key: "id",
      on: {
        Put: (row, event, { id }) => {
          change(row?.counts ?? [], event)
          return { id, counts: [...row?.counts ?? [], event.count] }
        },
      },
    })
  const rowChanged = careless((counts) => (counts as number[]).push(1))
  given(rowChanged, put)
  assert.throws(() => given(rowChanged, put, put), /^HandlerBug: boxes\.careless on Put changes/)
  const eventChanged = careless((_, event) => Object.assign(event, { count: 9 }))
  assert.throws(() => given(eventChanged, put), /^HandlerBug: boxes\.careless on Put changes/)
})
