/** Real servers for the tests of one file, and an application that runs on them. */
import process from "node:process"
import type { Environment } from "../app/development/cache.ts"
import { App, type AppDefinition, type StartedApp, type StartOptions } from "../app/mod.ts"
import { createNamespace, type Namespace } from "./namespace.ts"
import { startTestServers } from "./servers.ts"
import type { TestScope } from "./temporary-folder.ts"

interface Serving {
  readonly addresses: Namespace
  readonly stop: () => Promise<void>
}

const serversOf = async (environment: Environment): Promise<Serving> => {
  const { LEFTFOLD_TEST_NATS: nats, LEFTFOLD_TEST_POSTGRES: database } = environment
  if (nats && database) {
    return { addresses: await createNamespace(environment), stop: () => Promise.resolve() }
  }
  const { environment: own, stop } = await startTestServers()
  try {
    return { addresses: await createNamespace(own), stop }
  } catch (error) {
    await stop()
    throw error
  }
}

/**
 * Starts a nats-server and a Postgres, both empty, on free ports. They are stopped after the scope,
 * and no other test file sees them. They are found as `leftfold dev` finds them. A test run that
 * has set `LEFTFOLD_TEST_NATS` and `LEFTFOLD_TEST_POSTGRES` gets an account and a database of its
 * own there instead. Rejects when a server cannot start, and says what to install.
 *
 * ```ts
 * test("two nodes share the work", async (t) => {
 *   const servers = await testServers(t)
 *   const one = await App.start(shop, { ...servers, port: 0 })
 *   const other = await App.start(shop, { ...servers, port: 0, roles: ["actors"] })
 *   await Promise.all([one.stop(), other.stop()])
 * })
 * ```
 */
export const testServers = async (scope: TestScope): Promise<Namespace> => {
  const { addresses, stop } = await serversOf(process.env)
  scope.after(stop)
  return addresses
}

/**
 * Starts an application on servers of its own, as `testServers` does. The application and then the
 * servers are stopped after the scope: a test, or `{ after }` of `node:test` for a whole file.
 * Rejects when a server or the application cannot start. `environment` says whether a test run has
 * servers already.
 *
 * ```ts
 * test("an order is placed", async (t) => {
 *   const { client, settled } = await startOnServers(t, shop)
 *   await client.ask(Orders, "o-1", CancelOrder({ reason: "late" }))
 *   await settled()
 * })
 * ```
 */
export const startOnServers = async (
  scope: TestScope,
  app: AppDefinition,
  options: Partial<StartOptions> = {},
  environment: Environment = process.env,
): Promise<StartedApp> => {
  const { addresses, stop } = await serversOf(environment)
  try {
    const running = await App.start(app, { ...addresses, port: 0, ...options })
    scope.after(async () => {
      await running.stop()
      await stop()
    })
    return running
  } catch (error) {
    await stop()
    throw error
  }
}
