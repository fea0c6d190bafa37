/** Tests of the cache folder: its place, and that two processes can fill it at the same time. */
import assert from "node:assert/strict"
import { chmod, mkdir, readdir, readFile, rm, stat, symlink, writeFile } from "node:fs/promises"
import { join } from "node:path"
import { test } from "../../testing/test.ts"
import { temporaryFolder } from "../../testing/temporary-folder.ts"
import { buildOnce, cacheFolder, exists } from "./cache.ts"

test("the cache is where LEFTFOLD_CACHE says, else shared for root, else the user's own", () => {
  assert.equal(cacheFolder({ LEFTFOLD_CACHE: "/my/cache" }, 0), "/my/cache")
  assert.equal(cacheFolder({ HOME: "/root" }, 0), "/var/cache/leftfold")
  assert.equal(cacheFolder({ XDG_CACHE_HOME: "/ada/xdg" }, 1000), "/ada/xdg/leftfold")
  assert.match(cacheFolder({}, 1000), /\/\.cache\/leftfold$/)
})

test("two builds of the same folder at once leave one whole folder and no draft", async (t) => {
  const cache = await temporaryFolder(t)
  const target = join(cache, "program", "1.0")
  const build = (text: string) =>
    buildOnce(target, (draft) => writeFile(join(draft, "file"), text, { mode: 0o600 }))
  await Promise.all([build("one"), build("other")])
  assert.match(await readFile(join(target, "file"), "utf8"), /^(one|other)$/)
  assert.deepEqual(await readdir(join(cache, "program")), ["1.0"])
})

test("a changed folder is built again, and an unchanged one is left alone", async (t) => {
  const target = join(await temporaryFolder(t), "program", "1.0")
  const file = join(target, "deep", "file")
  let built = 0
  const build = async (draft: string) => {
    built++
    await mkdir(join(draft, "deep"))
    await writeFile(join(draft, "deep", "file"), "as it was")
    await symlink("deep/file", join(draft, "link"))
  }
  const changes: Array<() => Promise<void>> = [
    () => writeFile(file, "changed"),
    () => chmod(file, 0o700),
    () => rm(file),
    () => writeFile(join(target, "more"), ""),
    () => rm(join(target, "link")).then(() => symlink("/bin/true", join(target, "link"))),
    () => rm(join(target, "seal.sha256")),
    () => chmod(target, 0o777),
  ]
  await buildOnce(target, build)
  for (const [index, change] of changes.entries()) {
    await change()
    await buildOnce(target, build)
    await buildOnce(target, build)
    assert.equal(built, index + 2)
    assert.equal(await readFile(join(target, "link"), "utf8"), "as it was")
    assert.deepEqual((await readdir(target)).sort(), ["deep", "link", "seal.sha256"])
    assert.deepEqual(await readdir(join(target, "..")), ["1.0"])
  }
})

test("nothing is built in a cache that other users can change", async (t) => {
  const cache = await temporaryFolder(t)
  await chmod(cache, 0o777)
  const target = join(cache, "program", "1.0")
  await assert.rejects(buildOnce(target, () => Promise.resolve()), /can be changed by other users/)
  assert.equal(await exists(target), false)
})

test("a folder in the cache is private to its owner by default", async (t) => {
  const cache = join(await temporaryFolder(t), "cache")
  const modeOf = async (path: string) => (await stat(path)).mode & 0o777
  const build = (draft: string) => writeFile(join(draft, "text"), "", { mode: 0o644 })
  await buildOnce(join(cache, "own", "1.0"), build)
  assert.equal(await modeOf(join(cache, "own", "1.0")), 0o700)
  assert.equal(await modeOf(join(cache, "own", "1.0", "text")), 0o600)
  assert.equal(await modeOf(join(cache, "own")), 0o700)
  assert.equal(await modeOf(join(cache, "own", "1.0", "seal.sha256")), 0o600)
})

test("a folder for all users can be read, and its programs run, by all of them", async (t) => {
  const target = join(await temporaryFolder(t), "program", "1.0")
  const build = async (draft: string) => {
    await writeFile(join(draft, "text"), "", { mode: 0o600 })
    await writeFile(join(draft, "program"), "", { mode: 0o700 })
  }
  await buildOnce(target, build, "all")
  const modeOf = async (path: string) => (await stat(path)).mode & 0o777
  assert.equal(await modeOf(target), 0o755)
  assert.equal(await modeOf(join(target, "text")), 0o644)
  assert.equal(await modeOf(join(target, "program")), 0o755)
})

test("a build that fails leaves nothing behind", async (t) => {
  const cache = await temporaryFolder(t)
  const target = join(cache, "program", "1.0")
  await assert.rejects(buildOnce(target, () => Promise.reject(new Error("no"))))
  assert.deepEqual(await readdir(join(cache, "program")), [])
})
