/** Tests of files with secrets: other users cannot read them, and links are not followed. */
import assert from "node:assert/strict"
import { chmod, chown, mkdir, readFile, stat, symlink, writeFile } from "node:fs/promises"
import { join } from "node:path"
import process from "node:process"
import { test } from "../../testing/test.ts"
import { temporaryFolder } from "../../testing/temporary-folder.ts"
import { privateFolder, writePrivateFile } from "./private-files.ts"

const modeOf = async (path: string) => (await stat(path)).mode & 0o777

test("a new folder is only for its owner, and an open folder is closed to others", async (t) => {
  const parent = await temporaryFolder(t)
  const [made, open] = [join(parent, "a", "b"), join(parent, "open")]
  await privateFolder(made)
  await mkdir(open)
  await chmod(open, 0o777)
  await privateFolder(open)
  assert.deepEqual([await modeOf(made), await modeOf(open)], [0o700, 0o700])
})

test("a folder that belongs to another user is refused", {
  skip: process.getuid?.() !== 0 && "only root can give a folder away",
}, async (t) => {
  const folder = await temporaryFolder(t)
  await chown(folder, 65534, 65534)
  await assert.rejects(privateFolder(folder), /belongs to user 65534, and this runs as user 0/)
})

test("a path that is not a folder is refused", async (t) => {
  const path = join(await temporaryFolder(t), "file")
  await writeFile(path, "")
  await assert.rejects(privateFolder(path), /is no folder/)
})

test("only the owner can read a file, even when it replaces an open one", async (t) => {
  const path = join(await temporaryFolder(t), "secret")
  await writeFile(path, "old")
  await chmod(path, 0o666)
  await writePrivateFile(path, "new")
  assert.equal(await readFile(path, "utf8"), "new")
  assert.equal(await modeOf(path), 0o600)
})

test("a link at the path of a file, or of its draft, is not followed", async (t) => {
  const folder = await temporaryFolder(t)
  const [path, elsewhere] = [join(folder, "secret"), join(folder, "elsewhere")]
  await writeFile(elsewhere, "untouched")
  await symlink(elsewhere, path)
  await symlink(elsewhere, `${path}.draft`)
  await writePrivateFile(path, "secret")
  assert.equal(await readFile(elsewhere, "utf8"), "untouched")
  assert.equal(await readFile(path, "utf8"), "secret")
})
