/** Tests of the senders that the ids of commands name. */
import assert from "node:assert/strict"
import { test } from "../../testing/test.ts"
import { policyOf } from "./cause.ts"

const BASE = { kind: "policy", policy: "post.mailing", position: "bank:17", index: 2 }

const IDS = [
  ["", {}],
  ["/again-r-1", { again: true }],
  ["/rejected/0", { after: "rejected" }],
  ["/parked/12", { after: "parked" }],
  ["/again-r-1/rejected/0", { again: true, after: "rejected" }],
  ["/2026-01-01T00:00:00.000Z", { occurrence: "2026-01-01T00:00:00.000Z" }],
  ["/2026-01-01T00:00:00.000Z/parked/0", {
    occurrence: "2026-01-01T00:00:00.000Z",
    after: "parked",
  }],
  ["/again-r-1/2026-01-01T00:00:00.000Z/rejected/1", {
    again: true,
    occurrence: "2026-01-01T00:00:00.000Z",
    after: "rejected",
  }],
] as const

test("the id of a policy's command says what it follows from, and in which way", () => {
  for (const [rest, more] of IDS) {
    for (const place of ["bank:17/2/0", "bank:17-1760000000000/2/0", "bank:17/2-1/0"]) {
      const id = `post.mailing/${place}${rest}`
      assert.deepEqual(policyOf(id), { ...BASE, ...more }, id)
    }
  }
})

test("the id of a client names no policy", () => {
  const ids = [
    "",
    "post.mailing",
    "post.mailing/bank:17",
    "post.mailing/bank:17/2",
    "post.mailing/bank:17/2/x",
    "post.mailing/bank/2/0",
    "mailing/bank:17/2/0",
    "Post.mailing/bank:17/2/0",
    " post.mailing/bank:17/2/0",
    "0198c1a2-7b6c-7cc0-8000-000000000000",
  ]
  for (const id of ids) assert.equal(policyOf(id), undefined, id)
})
