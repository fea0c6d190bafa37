/** A shop of a load's own: its servers, and every role as a process. It ends with the load. */
import { randomBytes } from "node:crypto"
import { join } from "node:path"
import { App } from "leftfold/app"
import { shop } from "../main.ts"
import {
  type StartedPart,
  type StartedParts,
  startParts,
} from "../../../app/development/cluster/parts.ts"
import { newHealthToken, untilServing } from "../../../app/development/cluster/until-serving.ts"
import { startNats } from "../../../app/development/nats/nats-server.ts"
import { freePort, loopback } from "../../../app/development/port.ts"
import { startPostgres } from "../../../app/development/postgres/postgres-server.ts"
import { makeTemporaryFolder, removeFolder } from "../../../testing/temporary-folder.ts"

const main = new URL("../main.ts", import.meta.url)

/** A running shop. */
export interface OwnShop {
  /** Its gateway. */
  readonly url: string
  readonly parts: readonly StartedPart[]
  /** Stops all of it, and deletes its data. */
  readonly stop: () => Promise<void>
}

const bringUp = async (
  folder: string,
  stops: (() => Promise<void>)[],
  signal: AbortSignal,
): Promise<Pick<OwnShop, "url" | "parts">> => {
  const port = await freePort()
  const nats = await startNats({ port: await freePort(), dataFolder: join(folder, "nats"), signal })
  stops.push(() => nats.stop())
  const dataFolder = join(folder, "postgres")
  const postgres = await startPostgres({ port: await freePort(), dataFolder, signal })
  stops.push(() => postgres.stop().then(() => removeFolder(postgres.dataFolder)))
  const addresses = { natsUrl: nats.url, databaseUrl: postgres.url }
  await App.start(shop, { ...addresses, roles: ["provision"] }).then((app) => app.stop())
  const healthToken = newHealthToken()
  const environment = {
    NATS_URL: nats.url,
    DATABASE_URL: postgres.url,
    HOST: loopback,
    PORT: String(port),
    LEFTFOLD_HEALTH_TOKEN: healthToken,
    LEFTFOLD_PRINCIPAL_KEYS: randomBytes(32).toString("hex"),
    // Names are enough here, whatever the caller's own shop takes.
    SHOP_ISSUER: "",
  }
  const started: StartedParts = await startParts(main, () => environment)
  stops.push(started.stop)
  const url = `http://${loopback}:${port}`
  await untilServing(url, healthToken, signal)
  return { url, parts: started.parts }
}

/** Starts a shop on free ports and an empty folder. Rejects, and leaves nothing, if it cannot. */
export const startOwnShop = async (signal: AbortSignal): Promise<OwnShop> => {
  const folder = await makeTemporaryFolder()
  const stops = [() => removeFolder(folder)]
  const stop = async () => {
    for (const each of stops.splice(0).reverse()) await each()
  }
  try {
    return { ...await bringUp(folder, stops, signal), stop }
  } catch (error) {
    await stop()
    throw error
  }
}
