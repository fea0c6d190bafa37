/** Tests of the secrets: each is made once and for good, and nobody else reads them. */
import assert from "node:assert/strict"
import { chmod, readFile, stat, writeFile } from "node:fs/promises"
import { join } from "node:path"
import { startProgram, temporaryFolder, test } from "leftfold/testing"
import { SECRETS, withSecrets } from "../../../app/deploy/secrets.ts"

test("every secret is made, and no two are the same", () => {
  const { text, made } = withSecrets("")
  assert.deepEqual(made, SECRETS)
  const values = text.trimEnd().split("\n").map((line) => line.split("=")[1]!)
  assert.equal(new Set(values).size, SECRETS.length)
  for (const value of values) assert.match(value, /^p[0-9a-f]{48}$/)
})

test("what is there stays, what is empty or missing is made", () => {
  const before = "# mine\nTAG=1\nLEFTFOLD_ADMIN_PASSWORD=known\nPOSTGRES_PASSWORD="
  const { text, made } = withSecrets(before)
  assert.ok(text.startsWith(`${before}\n`))
  assert.ok(!made.includes("LEFTFOLD_ADMIN_PASSWORD"))
  assert.ok(made.includes("POSTGRES_PASSWORD"))
  assert.deepEqual(withSecrets(text), { text, made: [] })
})

test("the file is its owner's alone, and the values are not shown", async (t) => {
  const path = join(await temporaryFolder(t), "secrets.env")
  await writeFile(path, "MINE=1\n")
  await chmod(path, 0o666)
  const script = "examples/shop/deploy/write-secrets.ts"
  const program = startProgram(t, script, {}, [path], { umask: "000" })
  assert.equal(await program.exited, 0, program.output())
  assert.equal((await stat(path)).mode & 0o777, 0o600)
  const text = await readFile(path, "utf8")
  assert.match(text, /^MINE=1\n/)
  for (const [, value] of text.matchAll(/=(p\w+)$/gm)) assert.ok(!program.output().includes(value!))
})
