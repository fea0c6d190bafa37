/** Tests of the versions of the site. */
import assert from "node:assert/strict"
import { mkdir, readdir, readFile, writeFile } from "node:fs/promises"
import { join } from "node:path"
import { temporaryFolder } from "../../testing/temporary-folder.ts"
import { test } from "../../testing/test.ts"
import { clearRoot, versionsAmong, writeVersions } from "./versions.ts"

test("the root and each release are versions, the newest release first", () => {
  const names = [
    "0.9.0",
    "0.10.0",
    "assets",
    "1.0.0-rc.1",
    "1.0.0",
    "1.0",
    "index.html",
    "v2.0.0",
  ]
  assert.deepEqual(versionsAmong(names).map(({ folder }) => folder), [
    ...["", "1.0.0/", "1.0.0-rc.1/", "0.10.0/", "0.9.0/"],
  ])
  assert.deepEqual(versionsAmong(["0.1.0"]), [{
    label: "0.1.0",
    folder: "0.1.0/",
  }])
})

test("a new root keeps the releases, and the lists name what is there", async (t) => {
  const root = await temporaryFolder(t)
  await clearRoot(join(root, "none"))
  await mkdir(join(root, "0.1.0"))
  await mkdir(join(root, "assets"))
  await writeFile(join(root, "old.html"), "")
  await clearRoot(root)
  assert.deepEqual(await readdir(root), ["0.1.0"])
  await writeFile(join(root, "index.html"), "")
  await writeVersions(root)
  const list = JSON.parse(await readFile(join(root, "versions.json"), "utf8"))
  assert.deepEqual(list, [{ label: "main", folder: "" }, {
    label: "0.1.0",
    folder: "0.1.0/",
  }])
  const page = await readFile(join(root, "versions.html"), "utf8")
  assert.match(
    page,
    /href="\.\/index\.html">main<[^]*href="\.\/0\.1\.0\/index\.html">0\.1\.0</,
  )
})
