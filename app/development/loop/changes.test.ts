/** Tests of the watch over an application's files. */
import assert from "node:assert/strict"
import { mkdir, rename, rm, utimes, writeFile } from "node:fs/promises"
import { join } from "node:path"
import { temporaryFolder } from "../../../testing/temporary-folder.ts"
import { test } from "../../../testing/test.ts"
import { until } from "../../../testing/until.ts"
import { watchFiles } from "./changes.ts"

test("files that are written, made, moved and removed are noticed, unused ones not", async (t) => {
  const root = await temporaryFolder(t)
  await mkdir(join(root, "src/a"), { recursive: true })
  for (const folder of ["node_modules/x", ".git", "dist"]) {
    await mkdir(join(root, folder), { recursive: true })
  }
  await writeFile(join(root, "src/a/one.ts"), "1")
  const seen: string[] = []
  const used = new Set<string>()
  const watching = await watchFiles(root, (path) => void seen.push(path))
  const noticed = async (path: string, act: () => Promise<unknown>) => {
    seen.length = 0
    used.add(path)
    await act()
    await until(() => seen.includes(path))
  }
  await noticed("src/a/one.ts", () => writeFile(join(root, "src/a/one.ts"), "22"))
  await noticed("src/a/two.ts", () => writeFile(join(root, "src/a/two.ts"), "2"))
  await noticed("src/a/three.ts", async () => {
    await writeFile(join(root, "src/a/.three.swp"), "3")
    await rename(join(root, "src/a/.three.swp"), join(root, "src/a/three.ts"))
  })
  await noticed("src/a/two.ts", () => rm(join(root, "src/a/two.ts")))
  await noticed("src/b/c/new.ts", async () => {
    await mkdir(join(root, "src/b/c"), { recursive: true })
    await writeFile(join(root, "src/b/c/new.ts"), "n")
  })
  await noticed("src/a/one.ts", async () => {
    for (const path of ["node_modules/x/i.js", ".git/HEAD", "dist/one.js"]) {
      await writeFile(join(root, path), "x")
    }
    for (const path of ["README.md", "src/a/one.test.ts", "src/a/one.ts~", "requests.http"]) {
      await writeFile(join(root, path), "x")
    }
    await writeFile(join(root, "src/a/one.ts"), "333")
  })
  // A system may notice a file twice, and the second time late.
  assert.deepEqual(seen.filter((path) => !used.has(path)), [])
  watching.stop()
})

test("a file that only looks changed is not", async (t) => {
  const root = await temporaryFolder(t)
  const [first, last] = [join(root, "first.ts"), join(root, "last.ts")]
  const time = new Date("2026-01-01T00:00:00Z")
  for (const path of [first, last]) {
    await writeFile(path, "1")
    await utimes(path, time, time)
  }
  const seen: string[] = []
  const watching = await watchFiles(root, (path) => void seen.push(path))
  await utimes(first, time, time)
  await writeFile(last, "22")
  await until(() => seen.includes("last.ts"))
  assert.ok(!seen.includes("first.ts"), String(seen))
  watching.stop()
})
