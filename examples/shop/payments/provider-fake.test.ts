/** Tests of the provider that moves no money. */
import assert from "node:assert/strict"
import { test } from "leftfold/testing"
import { fakeProvider, LARGEST_PAYMENT, UNCONFIRMED_PAYMENT } from "./provider-fake.ts"

test("the amount decides: taken, declined above the limit, or open", async () => {
  const { charge, refund } = fakeProvider()
  const types = async (amount: number) => (await charge("o-1", amount)).type
  assert.equal(await types(900), "taken")
  assert.equal(await types(LARGEST_PAYMENT), "taken")
  assert.equal(await types(LARGEST_PAYMENT + 1), "declined")
  assert.equal(await types(UNCONFIRMED_PAYMENT), "open")
  await refund("o-1", 900)
})
