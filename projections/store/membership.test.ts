/** Tests of membership: lanes are shared evenly, and few move when a worker joins or leaves. */
import assert from "node:assert/strict"
import { test } from "../../testing/test.ts"
import { hosted, type Member, ownerOf } from "./membership.ts"

const host = hosted("boxes.box-list", "12345678")

const workers = (count: number): Member[] =>
  Array.from({ length: count }, (_, index) => ({ id: `worker-${index}`, hosts: [host] }))

const owners = (members: readonly Member[]) =>
  Array.from({ length: 256 }, (_, lane) => ownerOf(members, host, 1, lane))

test("every lane has one owner, whoever works it out and in whatever order", () => {
  assert.deepEqual(owners(workers(5)), owners(workers(5).reverse()))
})

test("each worker has about its share", () => {
  const shares = workers(4).map(({ id }) => owners(workers(4)).filter((owner) => owner === id))
  for (const { length } of shares) assert.ok(length > 40 && length < 90, String(length))
})

test("a worker that goes leaves its lanes to others, and no other lane moves", () => {
  const before = owners(workers(4))
  const after = owners(workers(3))
  for (const [lane, owner] of before.entries()) {
    if (owner === "worker-3") assert.notEqual(after[lane], "worker-3")
    else assert.equal(after[lane], owner)
  }
})

test("a worker that hosts another version has no lane", () => {
  const other: Member = { id: "other", hosts: [hosted("boxes.box-list", "87654321")] }
  assert.ok(!owners([...workers(2), other]).includes("other"))
  assert.equal(ownerOf([other], host, 1, 0), undefined)
})
