/** Tests that suggest the name that a mistyped one probably means. */
import assert from "node:assert/strict"
import { test } from "../testing/test.ts"
import { distance, nearest } from "./nearest.ts"

test("the distance counts letters that are missing, added, wrong or swapped", () => {
  assert.equal(distance("order", "order"), 0)
  assert.equal(distance("", "order"), 5)
  assert.equal(distance("oder", "order"), 1)
  assert.equal(distance("orrder", "order"), 1)
  assert.equal(distance("arder", "order"), 1)
  assert.equal(distance("roder", "order"), 2)
})

test("the nearest name is suggested, and no name when all are too far", () => {
  const names = ["order-list", "order-detail", "stock"]
  assert.equal(nearest("order-lst", names), "order-list")
  assert.equal(nearest("order-detial", names), "order-detail")
  assert.equal(nearest("customers", names), undefined)
  assert.equal(nearest("anything", []), undefined)
})
