/** Folders that are deleted after the test. */
import { chmod, mkdtemp, realpath, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"

/**
 * What cleans up: a test's context, or `{ after }` of `node:test` for a whole file.
 *
 * ```ts
 * const folderOf = async (scope: TestScope) => await temporaryFolder(scope)
 * ```
 */
export interface TestScope {
  after(work: () => Promise<void>): void
}

/** Makes an empty folder that every user can enter, because Postgres may run as another user. */
export async function makeTemporaryFolder(): Promise<string> {
  const folder = await mkdtemp(join(await realpath(tmpdir()), "leftfold-test-"))
  await chmod(folder, 0o755)
  return folder
}

/** Deletes a folder with everything in it. */
export const removeFolder = (folder: string): Promise<void> =>
  rm(folder, { recursive: true, force: true, maxRetries: 5 })

/**
 * Makes an empty folder that is deleted after the test. Rejects when the disk refuses it.
 *
 * ```ts
 * test("the report is written", async (t) => {
 *   const folder = await temporaryFolder(t)
 *   assert.ok(folder.startsWith("/"))
 * })
 * ```
 */
export async function temporaryFolder(scope: TestScope): Promise<string> {
  const folder = await makeTemporaryFolder()
  scope.after(() => removeFolder(folder))
  return folder
}
