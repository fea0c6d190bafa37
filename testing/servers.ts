/** The nats-server and the Postgres that all tests of one run share. */
import { randomBytes } from "node:crypto"
import { join } from "node:path"
import postgres from "postgres"
import type { Environment } from "../app/development/cache.ts"
import { App } from "../app/mod.ts"
import { databasePasswords, databaseRoles } from "../app/operations/database-roles.ts"
import { runSql } from "../app/development/postgres/run-sql.ts"
import { scramVerifier } from "../app/development/postgres/scram.ts"
import { startNats } from "../app/development/nats/nats-server.ts"
import { freePort } from "../app/development/port.ts"
import { startPostgres } from "../app/development/postgres/postgres-server.ts"
import { DATA_VARIABLE, makeData } from "./postgres-data.ts"
import { makeTemporaryFolder, removeFolder } from "./temporary-folder.ts"

/** The most namespaces of one run; each is an account of the nats-server. */
export const maxNamespaces = 500

/** The sequence that numbers namespaces. */
export const namespaceSequence = "namespaces"

/**
 * The settings of the shared Postgres. Its data lives only as long as the run, every test file has
 * connections of its own, and autovacuum would look at hundreds of databases all the time.
 */
const SETTINGS = {
  fsync: "off",
  full_page_writes: "off",
  autovacuum: "off",
  max_connections: "400",
}

/** The servers of a test run. */
export interface TestServers {
  /**
   * The variables by which tests find the servers, `LEFTFOLD_TEST_NATS` and
   * `LEFTFOLD_TEST_POSTGRES`, and the data that a Postgres of a test is made from.
   */
  readonly environment: Environment
  /** Stops both and deletes their data. */
  stop(): Promise<void>
}

/** Starts both servers on free ports, in a folder of their own. */
export async function startTestServers(signal?: AbortSignal): Promise<TestServers> {
  const folder = await makeTemporaryFolder()
  const stops: Array<() => Promise<void>> = [() => removeFolder(folder)]
  const stop = async () => {
    for (const each of stops.splice(0).reverse()) await each()
  }
  try {
    const password = randomBytes(16).toString("hex")
    const dataFolder = join(folder, "postgres")
    const made = await makeData(join(folder, "new-postgres"), password, dataFolder, signal)
    stops.push(() => removeFolder(made))
    const [nats, database] = await Promise.all([
      startNats({
        port: await freePort(),
        dataFolder: join(folder, "nats"),
        config: { accounts: accounts() },
        signal,
      }).then((server) => (stops.push(() => server.stop()), server)),
      startPostgres({
        port: await freePort(),
        dataFolder,
        password,
        settings: SETTINGS,
        signal,
      }).then((server) => {
        stops.push(() => server.stop().then(() => removeFolder(server.dataFolder)))
        return server
      }),
    ])
    await createSequence(database.url)
    await makeRoles(database.url)
    const environment = {
      [DATA_VARIABLE]: made,
      LEFTFOLD_TEST_NATS: nats.url,
      LEFTFOLD_TEST_POSTGRES: database.url,
    }
    return { environment, stop }
  } catch (error) {
    await stop()
    throw error
  }
}

/**
 * Makes the roles once, because all databases share them. Their password is that of the address,
 * which is all that a test knows.
 */
async function makeRoles(url: string): Promise<void> {
  const verifier = scramVerifier(decodeURIComponent(new URL(url).password))
  const roles = databaseRoles(App.define("none", { actors: [] }))
  await runSql(url, roles + databasePasswords(() => verifier))
}

/** Accounts do not see each other's subjects and streams, so tests can use the same names. */
function accounts(): Readonly<Record<string, unknown>> {
  const names = Array.from({ length: maxNamespaces }, (_, index) => `t${index + 1}`)
  return Object.fromEntries(names.map((name) => [name, {
    jetstream: "enabled",
    users: [{ user: name, password: name }],
  }]))
}

async function createSequence(url: string): Promise<void> {
  const sql = postgres(url, { max: 1 })
  try {
    await sql`create sequence ${sql(namespaceSequence)}`
  } finally {
    await sql.end()
  }
}
