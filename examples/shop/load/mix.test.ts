/** Tests of the orders of a load. */
import assert from "node:assert/strict"
import { test } from "leftfold/testing"
import { LARGEST_PAYMENT, UNCONFIRMED_PAYMENT } from "../payments/provider-fake.ts"
import { type Fate, mixOf, type PlannedOrder, stockFor } from "./mix.ts"

const shares = { declined: 10, short: 20, cancelled: 5, undelivered: 1 }
const mix = mixOf("r", 300, shares)
const valueOf = ({ lines }: PlannedOrder) =>
  lines.reduce((sum, { quantity, price }) => sum + quantity * price, 0)

test("of any hundred orders in a row as many have each fate as its share says", () => {
  for (const from of [0, 7, 200]) {
    const fates = mix.slice(from, from + 100).map(({ fate }) => fate)
    const counted = (wanted: Fate) => fates.filter((fate) => fate === wanted).length
    for (const [fate, share] of Object.entries(shares)) assert.equal(counted(fate as Fate), share)
    assert.equal(counted("bought"), 64)
  }
})

test("only what is to be declined is, and every other amount is taken at once", () => {
  for (const order of mix) {
    assert.equal(valueOf(order) > LARGEST_PAYMENT, order.fate === "declined")
    assert.notEqual(valueOf(order), UNCONFIRMED_PAYMENT)
  }
})

test("no order asks twice for one item, and only the short ones ask for one without stock", () => {
  const stock = stockFor(mix)
  for (const { lines, fate } of mix) {
    const skus = lines.map(({ sku }) => sku)
    assert.equal(new Set(skus).size, skus.length)
    assert.equal(skus.every((sku) => stock.has(sku)), fate !== "short")
  }
})

test("a customer places a hundred orders, and runs have nothing in common", () => {
  assert.equal(new Set(mix.map(({ customer }) => customer)).size, 3)
  const [other] = mixOf("s", 1, shares)
  assert.ok(other)
  assert.ok(mix.every(({ id, customer }) => id !== other.id && customer !== other.customer))
})
