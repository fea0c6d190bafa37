/** Tests of which test files share a process. */
import assert from "node:assert/strict"
import { mkdir, readFile, writeFile } from "node:fs/promises"
import { join } from "node:path"
import { test } from "../../testing/test.ts"
import { groups, groupTests } from "./groups.ts"
import { temporaryFolder } from "../../testing/temporary-folder.ts"

test("a group is of one room and not larger than it may be", () => {
  const paths = ["a/1", "a/2", "a/3", "a/b/1", "c/1"]
  const parted = groups(paths, () => false, 2)
  assert.deepEqual(parted, [["a/1", "a/2"], ["a/3", "a/b/1"], ["c/1"]])
})

test("a file that must be alone is, and the others close up", () => {
  const parted = groups(["a/1", "a/2", "a/3"], (path) => path === "a/2", 8)
  assert.deepEqual(parted, [["a/1", "a/3"], ["a/2"]])
})

test("a file with hooks has a process of its own; the others are imported in order", async (t) => {
  const root = await temporaryFolder(t)
  await mkdir(join(root, "actors"))
  const paths = ["actors/one.test.ts", "actors/two.test.ts", "actors/three.test.ts"]
  for (const path of paths) await writeFile(join(root, path), path.includes("two") ? "after(" : "")
  const grouped = await groupTests(root, paths)
  const [several = "", alone] = grouped.files
  assert.equal(alone, "actors/two.test.ts")
  assert.match(await readFile(several, "utf8"), /one\.test\.ts"\n.*three\.test\.ts"\n$/)
  await grouped.stop()
  await assert.rejects(readFile(several), { code: "ENOENT" })
})
