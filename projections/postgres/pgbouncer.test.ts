/** The store behind a real PgBouncer that hands each transaction to another session: the suite. */
import assert from "node:assert/strict"
import { type ChildProcess, spawn } from "node:child_process"
import { chmodSync, chownSync, existsSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import process from "node:process"
import { after } from "node:test"
import { createNamespace } from "../../testing/namespace.ts"
import { freePort } from "../../testing/own-servers.ts"
import { makeTemporaryFolder, removeFolder } from "../../testing/temporary-folder.ts"
import { test } from "../../testing/test.ts"
import { until } from "../../testing/until.ts"
import { BoxList } from "../fixtures/boxes.ts"
import { box, roundTrip, rowsOf } from "../fixtures/stored.ts"
import { storeSuite } from "../store/store.suite.ts"
import { refusalOf } from "./refused-connection.ts"
import { knownKind } from "./server-kind.ts"
import { postgresStore } from "./store-postgres.ts"

const PROGRAM = ["/usr/sbin/pgbouncer", "/usr/bin/pgbouncer"].find((path) => existsSync(path))

/** Why the tests are left out, if they are. */
const skip = PROGRAM === undefined
  ? "no PgBouncer here: install one (Debian: apt-get install pgbouncer)"
  : false

/** PgBouncer does not run as root, and has fewer sessions than the store has connections. */
const NOBODY = 65_534
const SESSIONS = 3

const cleaning: (() => Promise<void>)[] = []

after(async () => {
  for (const work of cleaning.reverse()) await work()
})

const stop = (child: ChildProcess): Promise<void> =>
  new Promise((resolve) => {
    if (child.exitCode !== null) return resolve()
    child.once("exit", () => resolve())
    child.kill("SIGTERM")
  })

/** The port of the PgBouncer in front of the server at this address, started by the first call. */
const started = async (address: string): Promise<number> => {
  const { hostname, port, username, password } = new URL(address)
  const folder = await makeTemporaryFolder()
  cleaning.push(() => removeFolder(folder))
  const [own, users, settings] = [await freePort(), join(folder, "users"), join(folder, "ini")]
  writeFileSync(users, `"${username}" "${decodeURIComponent(password)}"\n`)
  writeFileSync(
    settings,
    [
      "[databases]",
      `* = host=${hostname} port=${port}`,
      "[pgbouncer]",
      ...["listen_addr = 127.0.0.1", `listen_port = ${own}`, "unix_socket_dir ="],
      ...["auth_type = scram-sha-256", `auth_file = ${users}`, "pool_mode = transaction"],
      ...[`default_pool_size = ${SESSIONS}`, "server_round_robin = 1", "max_client_conn = 200"],
      "server_idle_timeout = 1",
    ].join("\n"),
  )
  const isRoot = process.getuid?.() === 0
  for (const path of [folder, users, settings]) {
    if (isRoot) chownSync(path, NOBODY, NOBODY)
    chmodSync(path, path === folder ? 0o700 : 0o600)
  }
  const user = isRoot ? { uid: NOBODY, gid: NOBODY } : {}
  const child = spawn(PROGRAM!, ["-q", settings], { stdio: "ignore", ...user })
  cleaning.push(() => stop(child))
  return own
}

let port: Promise<number> | undefined

/** The address of a database of its own, by way of PgBouncer. */
const bouncer = async (): Promise<string> => {
  const { databaseUrl } = await createNamespace()
  const { username, password, pathname } = new URL(databaseUrl)
  port ??= started(databaseUrl)
  const url = `postgres://${username}:${password}@127.0.0.1:${await port}${pathname}`
  await until(async () => {
    assert.equal(await refusalOf(url), undefined)
    return knownKind(url) !== undefined
  })
  assert.equal(knownKind(url)?.isPooled, true, "it is noticed")
  return url
}

const storeAt = (url: string) => {
  const store = postgresStore(url)
  cleaning.push(() => store.close())
  return store
}

if (skip) test("the store behind PgBouncer", { skip }, () => {})
else {
  storeSuite(async () => storeAt(await bouncer()))

  test("more statements at once than PgBouncer has sessions all get their answers", async () => {
    const store = storeAt(await bouncer())
    await roundTrip(store, BoxList, box("a", 1))
    const asked = Array.from({ length: 200 }, () => rowsOf(store, BoxList, ["a"]))
    for (const rows of await Promise.all(asked)) assert.deepEqual(rows.get("a"), box("a", 1))
  })
}
