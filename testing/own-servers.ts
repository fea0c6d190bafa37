/** Servers for one test that kills them; they are stopped after the test. */
import { join } from "node:path"
import {
  type NatsOptions,
  type NatsServer,
  startNats,
} from "../app/development/nats/nats-server.ts"
import { freePort } from "../app/development/port.ts"
import {
  type PostgresOptions,
  type PostgresServer,
  startPostgres,
} from "../app/development/postgres/postgres-server.ts"
import { copiedData } from "./postgres-data.ts"
import { makeTemporaryFolder, removeFolder, type TestScope } from "./temporary-folder.ts"

export { freePort }

/** Starts a nats-server on a free port and an empty folder, unless the options say otherwise. */
export async function ownNats(
  scope: TestScope,
  options: Partial<NatsOptions> = {},
): Promise<NatsServer> {
  const folder = await makeTemporaryFolder()
  try {
    const server = await startNats({
      port: await freePort(),
      dataFolder: join(folder, "nats"),
      ...options,
    })
    scope.after(() => server.stop().then(() => removeFolder(folder)))
    return server
  } catch (error) {
    await removeFolder(folder)
    throw error
  }
}

/**
 * Starts a Postgres on a free port and an empty folder, unless the options say otherwise. It is
 * stopped and its data deleted after the test. Rejects with a `ServerError` when it cannot start.
 *
 * ```ts
 * test("a lost database comes back", async (t) => {
 *   const postgres = await ownPostgres(t)
 *   await postgres.kill()
 *   await postgres.restart()
 * })
 * ```
 */
export async function ownPostgres(
  scope: TestScope,
  options: Partial<PostgresOptions> = {},
): Promise<PostgresServer> {
  const folder = await makeTemporaryFolder()
  try {
    const dataFolder = join(folder, "postgres")
    const copied = options.dataFolder === undefined ? await copiedData(dataFolder) : undefined
    const server = await startPostgres({
      port: await freePort(),
      dataFolder,
      ...copied && { password: copied },
      ...options,
    })
    scope.after(async () => {
      await server.stop()
      // The data is elsewhere if Postgres runs as a user who cannot reach the folder.
      if (options.dataFolder === undefined) await removeFolder(server.dataFolder)
      await removeFolder(folder)
    })
    return server
  } catch (error) {
    await removeFolder(folder)
    throw error
  }
}
