/** A namespace: a test's own NATS account and database on the shared servers, both empty. */
import process from "node:process"
import postgres from "postgres"
import type { Environment } from "../app/development/cache.ts"
import { maxNamespaces, namespaceSequence } from "./servers.ts"

/** The addresses of a namespace, as `App.start` takes them. */
export interface Namespace {
  /** With user and password, such as `nats://t7:t7@127.0.0.1:4222`. */
  readonly natsUrl: string
  readonly databaseUrl: string
}

/**
 * Makes a namespace that no other test has, in this process or another. It disappears with the
 * servers when the run ends. Throws if the tests do not run under `npm test`.
 */
export async function createNamespace(environment: Environment = process.env): Promise<Namespace> {
  const { nats, database } = serversIn(environment)
  const name = await createName(database, true)
  return { natsUrl: accountUrl(nats, name), databaseUrl: new URL(`/${name}`, database).href }
}

/**
 * Makes the account of a namespace without its database, which takes most of the time; resolves to
 * the address that `natsUrl` has.
 */
export async function createAccount(environment: Environment = process.env): Promise<string> {
  const { nats, database } = serversIn(environment)
  return accountUrl(nats, await createName(database, false))
}

function serversIn(environment: Environment) {
  const { LEFTFOLD_TEST_NATS: nats, LEFTFOLD_TEST_POSTGRES: database } = environment
  if (!nats || !database) {
    throw new Error("there are no servers to test with: run the tests with npm test")
  }
  return { nats, database }
}

const accountUrl = (nats: string, name: string): string => nats.replace("//", `//${name}:${name}@`)

async function createName(url: string, withDatabase: boolean): Promise<string> {
  const sql = postgres(url, { max: 1 })
  try {
    const [row] = await sql<[{ number: string }]>`
      select nextval(${namespaceSequence}) as number`
    if (Number(row.number) > maxNamespaces) {
      throw new Error(`one test run has at most ${maxNamespaces} namespaces`)
    }
    const name = `t${row.number}`
    if (withDatabase) await sql`create database ${sql(name)}`
    return name
  } finally {
    await sql.end()
  }
}
