/** Tests of the books: those of a good day balance, and each way to be wrong is found. */
import assert from "node:assert/strict"
import { test } from "leftfold/testing"
import { type Books, type Totals, wrongBooks, wrongTotals } from "./books.ts"
import type { Fate, PlannedOrder } from "./mix.ts"

const plan = (id: string, fate: Fate): PlannedOrder => ({
  ...{ id, fate, customer: "ada", address: "1 Main St", cancelAfterMs: 0 },
  lines: [{ sku: "tea", quantity: 2, price: 450 }],
})

const books: Books = {
  planned: [plan("a", "bought"), plan("b", "declined"), plan("c", "undelivered")],
  orders: [
    { id: "a", total: 900, state: "completed" },
    { id: "b", total: 900, state: "cancelled" },
    { id: "c", total: 900, state: "cancelled" },
  ],
  payments: [
    { id: "a", taken: 900, refunded: 0 },
    { id: "c", taken: 900, refunded: 900 },
  ],
  levels: [{ sku: "tea", received: 6, onHand: 4, reserved: 0, shipped: 2 }],
}

const totals: Totals = {
  money: { taken: 1_800, refunded: 900 },
  stock: { received: 6, onHand: 3, reserved: 1, shipped: 2 },
  revenue: 900,
}

/** The books with the row of this id or SKU changed. */
const withOrder = (id: string, change: object): Books => ({
  ...books,
  orders: books.orders.map((row) => row.id === id ? { ...row, ...change } : row),
})
const withLevel = (change: object): Books => ({
  ...books,
  levels: [{ ...books.levels[0]!, ...change }],
})

test("books in which everything adds up balance", () => {
  assert.deepEqual(wrongBooks(books), [])
  assert.deepEqual(wrongTotals(totals), [])
})

test("an order that is not final, or is final in another way than it should be, is found", () => {
  assert.deepEqual(wrongBooks(withOrder("b", { state: "placed" })), [
    "order b (declined) is placed, not cancelled",
  ])
  assert.equal(wrongBooks(withOrder("b", { state: "completed" })).length, 3)
  const late = { ...books, planned: [...books.planned.slice(0, 2), plan("c", "cancelled")] }
  assert.deepEqual(wrongBooks(late), [])
})

test("an order that is in no list, or there with another total, is found", () => {
  const lost = { ...books, orders: books.orders.slice(0, 2) }
  assert.deepEqual(wrongBooks(lost), ["order c was placed and is in no list"])
  assert.match(wrongBooks(withOrder("b", { total: 800 })).join(), /order b is listed with 800/)
})

test("money that was taken twice, not at all, or not given back is found at its order", () => {
  for (
    const [wrong, found] of [
      [{ id: "a", taken: 1_800, refunded: 0 }, /order a is completed: 1800 taken/],
      [{ id: "a", taken: 900, refunded: 900 }, /order a is completed: 900 taken - 900/],
      [{ id: "c", taken: 900, refunded: 0 }, /order c is cancelled: 900 taken - 0/],
      [{ id: "b", taken: 900, refunded: 0 }, /order b is cancelled/],
    ] as const
  ) {
    const payments = [...books.payments.filter(({ id }) => id !== wrong.id), wrong]
    const sentences = wrongBooks({ ...books, payments })
    assert.equal(sentences.length, 1)
    assert.match(sentences[0]!, found)
  }
  const unpaid = { ...books, payments: books.payments.slice(1) }
  assert.match(wrongBooks(unpaid).join(), /order a is completed: 0 taken/)
})

test("goods that were lost, kept or sent without an order are found at their item", () => {
  assert.deepEqual(wrongBooks(withLevel({ received: 7 })), [
    "item tea: 7 received is not 4 on hand + 0 reserved + 2 shipped",
  ])
  assert.deepEqual(wrongBooks(withLevel({ onHand: 3, reserved: 1 })), [
    "item tea: 1 are still reserved",
  ])
  assert.deepEqual(wrongBooks(withLevel({ onHand: 2, shipped: 4 })), [
    "item tea: 4 shipped, and 2 bought",
  ])
  assert.deepEqual(wrongBooks({ ...books, levels: [] }), ["item tea has no stock level"])
})

test("sums that do not add up are found, and so is less than nothing", () => {
  const { money, stock } = totals
  assert.equal(wrongTotals({ ...totals, revenue: 901 }).length, 1)
  assert.equal(wrongTotals({ ...totals, money: { ...money, refunded: 0 } }).length, 1)
  assert.equal(wrongTotals({ ...totals, stock: { ...stock, shipped: 3 } }).length, 1)
  assert.equal(wrongTotals({ ...totals, stock: { ...stock, onHand: 5, reserved: -1 } }).length, 1)
})
