/** Tests of the users in `deploy/`: they are the application's, and real servers take them. */
import assert from "node:assert/strict"
import { execFile } from "node:child_process"
import { copyFile, mkdir, readFile, writeFile } from "node:fs/promises"
import { join } from "node:path"
import process from "node:process"
import { promisify } from "node:util"
import { fileURLToPath } from "node:url"
import { temporaryFolder, test, type TestScope } from "leftfold/testing"
import { DATABASE_ROLES } from "../../../app/operations/database-roles.ts"
import { passwordVariable } from "../../../app/operations/nats-users.ts"
import { USERS } from "../../../app/operations/users.ts"
import { findNats } from "../../../app/development/nats/nats-binary.ts"
import { makeCertificates } from "../../../testing/certificates.ts"
import { deployUsers } from "./users.ts"

const root = new URL("../../../", import.meta.url)
const passwords = Object.fromEntries(USERS.map((user) => [passwordVariable(user), `p-${user}`]))

test("the files are what the application makes of them: if not, npm run deploy:users", async () => {
  for (const [path, text] of Object.entries(await deployUsers())) {
    assert.equal(await readFile(new URL(path, root), "utf8"), text, path)
  }
})

/** Lets a nats-server check a configuration of `deploy/nats/` without running it. */
const checked = async (scope: TestScope, name: string, environment: Record<string, string>) => {
  const folder = await temporaryFolder(scope)
  const [store, file] = [join(folder, "data"), join(folder, name)]
  await mkdir(store)
  await copyFile(
    fileURLToPath(new URL("examples/shop/deploy/nats/users.conf", root)),
    join(folder, "users.conf"),
  )
  const text = await readFile(new URL(`examples/shop/deploy/nats/${name}`, root), "utf8")
  const { ca, cert, key } = await makeCertificates(scope)
  const local = text.replace("store_dir: /data", `store_dir: ${store}`)
    .replaceAll("/etc/nats-tls/tls.crt", cert).replaceAll("/etc/nats-tls/tls.key", key)
    .replaceAll("/etc/nats-tls/ca.crt", ca)
  await writeFile(file, local)
  const { path } = await findNats()
  const env = { PATH: process.env.PATH, ...environment }
  const { stderr } = await promisify(execFile)(path, ["-t", "-c", file], { env })
  return stderr
}

for (const name of ["single.conf", "cluster.conf"]) {
  test(`a nats-server takes ${name}, and misses a password that is not there`, async (t) => {
    const server = { SERVER_NAME: "nats-0", MONITOR_LISTEN: "10.0.0.5:8222" }
    const environment = { ...passwords, ...server }
    assert.match(await checked(t, name, environment), /is valid/)
    const { LEFTFOLD_GATEWAY_PASSWORD: _, ...others } = environment as Record<string, string>
    await assert.rejects(checked(t, name, others), /LEFTFOLD_GATEWAY_PASSWORD/)
  })
}

test("psql is told the password of each role by a variable of its own", async () => {
  const text = await readFile(new URL("examples/shop/deploy/postgres/roles.sql", root), "utf8")
  for (const [name, role] of Object.entries(DATABASE_ROLES)) {
    const variable = `LEFTFOLD_DATABASE_${name.toUpperCase()}_PASSWORD`
    assert.ok(
      text.includes(`\\getenv ${name} ${variable}\nalter role ${role} password :'${name}';`),
    )
  }
})
