/** Tests of which files are tested. */
import assert from "node:assert/strict"
import { mkdir, writeFile } from "node:fs/promises"
import { join } from "node:path"
import { test } from "../../testing/test.ts"
import { temporaryFolder, type TestScope } from "../../testing/temporary-folder.ts"
import { testFiles } from "./test-files.ts"

async function project(scope: TestScope): Promise<string> {
  const root = await temporaryFolder(scope)
  for (const folder of ["actors", "new", "scripts/servers", "node_modules/other", ".git/hooks"]) {
    await mkdir(join(root, folder), { recursive: true })
    await writeFile(join(root, folder, "one.test.ts"), "")
    await writeFile(join(root, folder, "one.ts"), "")
  }
  return root
}

test("all of the project's tests are found, and nobody else's", async (t) => {
  const files = await testFiles(await project(t))
  assert.deepEqual(files, [
    "actors/one.test.ts",
    "new/one.test.ts",
    "scripts/servers/one.test.ts",
  ])
})

test("files and folders that are asked for replace them", async (t) => {
  const root = await project(t)
  assert.deepEqual(await testFiles(root, ["scripts"]), ["scripts/servers/one.test.ts"])
  assert.deepEqual(await testFiles(root, ["actors/one.test.ts"]), ["actors/one.test.ts"])
})

test("what is asked for and not there is told", async (t) => {
  await assert.rejects(testFiles(await project(t), ["actor"]), /^Error: there is no actor to test$/)
})
