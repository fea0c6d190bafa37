/** Tests of indexes and their names. */
import assert from "node:assert/strict"
import { test } from "../testing/test.ts"
import { indexName, indexOf } from "./view-index.ts"

test("an index is a column, several together, or says more", () => {
  assert.deepEqual(indexOf("a"), { columns: ["a"], unique: false })
  assert.deepEqual(indexOf(["a", "b"]), { columns: ["a", "b"], unique: false })
  assert.deepEqual(indexOf({ columns: ["a"] }), { columns: ["a"], unique: false })
  assert.deepEqual(indexOf({ columns: ["a"], unique: true }), { columns: ["a"], unique: true })
})

test("no two indexes are called the same, and none has a name that would be cut", () => {
  const long = "a".repeat(60)
  const options = ["a", "b", ["a", "b"], ["b", "a"], "a_b", [long, "b"], [long, "c"]]
  const names = options.flatMap((columns) =>
    [false, true].flatMap((unique) =>
      ["t_1", "t_2"].map((table) => indexName(table, { ...indexOf(columns), unique }))
    )
  )
  assert.equal(new Set(names).size, names.length)
  for (const name of names) assert.ok(name.length <= 63, name)
})
