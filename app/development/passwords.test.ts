/** Tests of the passwords: made once, kept for good, and readable only by their owner. */
import assert from "node:assert/strict"
import { stat, writeFile } from "node:fs/promises"
import { join } from "node:path"
import { test } from "../../testing/test.ts"
import { temporaryFolder } from "../../testing/temporary-folder.ts"
import { keepPasswords, passwordsFile } from "./passwords.ts"

test("passwords are made once, and a new user gets its own", async (t) => {
  const folder = await temporaryFolder(t)
  const first = await keepPasswords(folder, ["one", "two"])
  assert.match(first["one"]!, /^p[0-9a-f]{32}$/)
  assert.notEqual(first["one"], first["two"])
  const second = await keepPasswords(folder, ["one", "two", "three"])
  assert.deepEqual([second["one"], second["two"]], [first["one"], first["two"]])
  assert.match(second["three"]!, /^p[0-9a-f]{32}$/)
})

test("only their owner can read the passwords", async (t) => {
  const folder = await temporaryFolder(t)
  await keepPasswords(folder, ["one"])
  assert.equal((await stat(join(folder, passwordsFile))).mode & 0o777, 0o600)
})

test("a file that does not hold passwords is reported and left unchanged", async (t) => {
  const folder = await temporaryFolder(t)
  await writeFile(join(folder, passwordsFile), "secret")
  await assert.rejects(keepPasswords(folder, ["one"]), /passwords\.json holds no passwords/)
})
