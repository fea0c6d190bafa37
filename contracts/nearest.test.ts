/** Tests that suggest the name that a mistyped one probably means. */
import assert from "node:assert/strict"
import { test } from "../testing/test.ts"
import { didYouMean, nearest } from "./nearest.ts"

test("the nearest name is suggested, and no name when all are too far", () => {
  const names = ["order-list", "order-detail", "stock"]
  assert.equal(nearest("order-lst", names), "order-list")
  assert.equal(nearest("order-detial", names), "order-detail")
  assert.equal(nearest("orderList", names), "order-list")
  assert.equal(nearest("order_list", names), "order-list")
  assert.equal(nearest("stcok", names), "stock")
  assert.equal(nearest("customers", names), undefined)
  assert.equal(nearest("anything", []), undefined)
  assert.equal(didYouMean("PlaceOrders", ["PlaceOrder"]), '; did you mean "PlaceOrder"?')
  assert.equal(didYouMean("Ship", ["PlaceOrder"]), "")
})

test("short names are one letter apart at most, and long ones are not compared", () => {
  assert.equal(nearest("byy", ["by"]), "by")
  assert.equal(nearest("xx", ["by"]), undefined)
  assert.equal(nearest("x".repeat(1_000), ["x".repeat(1_001)]), undefined)
})
