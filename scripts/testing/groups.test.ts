/** Tests of which test files share a process. */
import assert from "node:assert/strict"
import { mkdir, readFile, writeFile } from "node:fs/promises"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { test } from "../../testing/test.ts"
import { groups, groupTests, LONG } from "./groups.ts"
import { testFiles } from "./test-files.ts"
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

test("what takes long begins first and alone, and large groups before small ones", () => {
  const long = LONG.slice(0, 2).toReversed()
  const paths = ["a/1", "b/1", "b/2", ...long, "scripts/1"].sort()
  const [first, second, third, ...rest] = groups(paths, () => false, 2)
  assert.deepEqual([first, second], LONG.slice(0, 2).map((path) => [path]))
  assert.deepEqual([third, rest.flat()], [["b/1", "b/2"], ["a/1", "scripts/1"]])
})

test("the files that take long exist", async () => {
  const all = await testFiles(fileURLToPath(new URL("../..", import.meta.url)))
  assert.deepEqual(LONG.filter((path) => !all.includes(path)), [])
})

test("a file with hooks has a process of its own; the others are imported in order", async (t) => {
  const root = await temporaryFolder(t)
  await mkdir(join(root, "actors"))
  const paths = ["actors/one.test.ts", "actors/two.test.ts", "actors/three.test.ts"]
  for (const path of paths) await writeFile(join(root, path), path.includes("two") ? "after(" : "")
  const grouped = await groupTests(root, paths)
  const [several = "", alone = ""] = grouped.files.map(({ path }) => path)
  assert.match(await readFile(several, "utf8"), /one\.test\.ts"\n.*three\.test\.ts"\n$/)
  assert.match(await readFile(alone, "utf8"), /^import .*two\.test\.ts"\n$/)
  assert.deepEqual([several, alone].toSorted(), [several, alone])
  assert.deepEqual(grouped.files.map(({ silenceMs }) => silenceMs), [200_000, 330_000])
  await grouped.stop()
  await assert.rejects(readFile(several), { code: "ENOENT" })
})
