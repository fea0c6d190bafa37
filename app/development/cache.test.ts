/** Tests of the cache folder: where it is, and that two processes may fill it at once. */
import assert from "node:assert/strict"
import { readdir, readFile, stat, writeFile } from "node:fs/promises"
import { join } from "node:path"
import { test } from "node:test"
import { temporaryFolder } from "../../testing/temporary-folder.ts"
import { buildOnce, cacheFolder } from "./cache.ts"

test("the cache is where LEFTFOLD_CACHE says, else shared for root, else the user's own", () => {
  assert.equal(cacheFolder({ LEFTFOLD_CACHE: "/my/cache" }, 0), "/my/cache")
  assert.equal(cacheFolder({ HOME: "/root" }, 0), "/var/cache/leftfold")
  assert.equal(cacheFolder({ XDG_CACHE_HOME: "/ada/xdg" }, 1000), "/ada/xdg/leftfold")
  assert.match(cacheFolder({}, 1000), /\/\.cache\/leftfold$/)
})

test("two that build the same folder at once leave one whole folder and no draft", async (t) => {
  const cache = await temporaryFolder(t)
  const target = join(cache, "program", "1.0")
  const build = (text: string) =>
    buildOnce(target, (draft) => writeFile(join(draft, "file"), text, { mode: 0o600 }))
  await Promise.all([build("one"), build("other")])
  assert.match(await readFile(join(target, "file"), "utf8"), /^(one|other)$/)
  assert.deepEqual(await readdir(join(cache, "program")), ["1.0"])
})

test("what is in the cache can be read by every user, and programs can be run", async (t) => {
  const target = join(await temporaryFolder(t), "program")
  await buildOnce(target, async (draft) => {
    await writeFile(join(draft, "text"), "", { mode: 0o600 })
    await writeFile(join(draft, "program"), "", { mode: 0o700 })
  })
  const modeOf = async (path: string) => (await stat(path)).mode & 0o777
  assert.equal(await modeOf(target), 0o755)
  assert.equal(await modeOf(join(target, "text")), 0o644)
  assert.equal(await modeOf(join(target, "program")), 0o755)
})

test("a build that fails leaves nothing behind", async (t) => {
  const cache = await temporaryFolder(t)
  await assert.rejects(buildOnce(join(cache, "program"), () => Promise.reject(new Error("no"))))
  assert.deepEqual(await readdir(cache), [])
})
