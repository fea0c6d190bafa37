/** Tests of the tar reader against archives that the system's own tar makes. */
import assert from "node:assert/strict"
import { Buffer } from "node:buffer"
import { mkdir, readFile, writeFile } from "node:fs/promises"
import { join } from "node:path"
import { test } from "../../../testing/test.ts"
import { temporaryFolder, type TestScope } from "../../../testing/temporary-folder.ts"
import { runCommand } from "../command.ts"
import { fileFromTar } from "./tar.ts"

async function archiveOf(scope: TestScope, contents: Buffer): Promise<Buffer> {
  const folder = await temporaryFolder(scope)
  await mkdir(join(folder, "release"))
  await writeFile(join(folder, "release", "LICENSE"), "x".repeat(700))
  await writeFile(join(folder, "release", "program"), contents)
  const { exitCode } = await runCommand("tar", ["-cf", "all.tar", "release"], { folder })
  assert.equal(exitCode, 0)
  return await readFile(join(folder, "all.tar"))
}

test("a file is found by its name and extracted byte for byte", async (t) => {
  const contents = Buffer.from(Array.from({ length: 5000 }, (_, index) => index % 256))
  const archive = await archiveOf(t, contents)
  assert.deepEqual(fileFromTar(archive, "program"), contents)
})

test("a file that is not in the archive is not found", async (t) => {
  const archive = await archiveOf(t, Buffer.from("contents"))
  assert.equal(fileFromTar(archive, "other"), undefined)
})

test("a truncated archive yields no file", async (t) => {
  const archive = await archiveOf(t, Buffer.alloc(5000))
  const cut = archive.subarray(0, 4000)
  assert.equal(fileFromTar(cut, "program"), undefined)
})
