/** The health of the storage: an application's streams, and the servers that keep them. */
import { JetStreamApiError, jetstreamManager } from "@nats-io/jetstream"
import { Schema } from "effect"
import { APPENDS } from "../../actors/internal.ts"
import { schemaCodec } from "../../contracts/internal.ts"
import {
  type Health,
  JETSTREAM_ERROR,
  jetStreamOptions,
  type NatsWire,
  ofStatus,
  percent,
  statusBy,
  withoutCredentials,
} from "../../wire/internal.ts"
import { checkNoMark, UnfinishedRestore } from "./restore-mark.ts"
import { wantedStreams } from "./stream-settings-nats.ts"

const PAGE_TIMEOUT_MS = 1_000

/** What is wrong now (`troubles`) or soon (`warnings`). */
interface Findings {
  readonly troubles: string[]
  readonly warnings: string[]
}

/** Adds a trouble when something is used up, and a warning when it is nearly used up. */
const checkPart = (what: string, used: number, most: number, found: Findings): void => {
  const part = used / most
  if (most <= 0 || part < APPENDS.nearlyFull) return
  if (part >= 1) found.troubles.push(`${what} is full`)
  else found.warnings.push(`${what} is used to ${percent(part)}`)
}

type Manager = Awaited<ReturnType<typeof jetstreamManager>>

const checkStream = async ({ streams }: Manager, name: string, found: Findings): Promise<void> => {
  try {
    const { config, state, cluster } = await streams.info(name)
    checkNoMark(name, { ...config })
    checkPart(`the room of the stream ${name} (max_bytes)`, state.bytes, config.max_bytes, found)
    const offline = (cluster?.replicas ?? []).filter((each) => each.offline)
    for (const { name: server } of offline) {
      found.warnings.push(`the server ${server}, which keeps the stream ${name}, is away`)
    }
  } catch (error) {
    if (error instanceof UnfinishedRestore) found.troubles.push(error.message)
    else if (error instanceof JetStreamApiError && error.code === JETSTREAM_ERROR.noStream) {
      found.troubles.push(`the stream ${name} is missing`)
    } else found.troubles.push(`the stream ${name} cannot be looked at: ${error}`)
  }
}

const healthzPage = schemaCodec(
  Schema.Struct({ status: Schema.String, error: Schema.optionalKey(Schema.String) }),
  "the page /healthz of a nats-server",
)

const jszPage = schemaCodec(
  Schema.Struct({
    storage: Schema.optionalKey(Schema.Number),
    reserved_storage: Schema.optionalKey(Schema.Number),
    config: Schema.optionalKey(
      Schema.Struct({ max_storage: Schema.optionalKey(Schema.Number) }),
    ),
  }),
  "the page /jsz of a nats-server",
)

const pageOf = async (monitorUrl: string, path: string): Promise<unknown> => {
  const response = await fetch(new URL(path, monitorUrl), {
    signal: AbortSignal.timeout(PAGE_TIMEOUT_MS),
  })
  return await response.json()
}

const checkServer = async (monitorUrl: string, found: Findings): Promise<void> => {
  try {
    const { host } = new URL(monitorUrl)
    const { status, error = status } = healthzPage.decode(await pageOf(monitorUrl, "/healthz"))
    if (status !== "ok") found.troubles.push(`the nats-server at ${host} is not well: ${error}`)
    const { storage = 0, reserved_storage = 0, config } = jszPage.decode(
      await pageOf(monitorUrl, "/jsz?config=true"),
    )
    const used = Math.max(storage, reserved_storage)
    const what = `the storage of the nats-server at ${host} (max_file_store)`
    checkPart(what, used, config?.max_storage ?? 0, found)
  } catch (error) {
    const trouble = `the monitoring pages at ${monitorUrl} cannot be read: ${error}`
    found.troubles.push(withoutCredentials(trouble))
  }
}

/**
 * Checks all streams, the limits of the account, and the given monitoring pages. Needs the user
 * `admin`. Never rejects: what cannot be checked is a trouble.
 */
export const storageHealth = async (
  wire: NatsWire,
  contexts: readonly string[],
  monitorUrls: readonly string[],
): Promise<Health> => {
  const found: Findings = { troubles: [], warnings: [] }
  try {
    const manager = await jetstreamManager(wire.connection, jetStreamOptions(wire))
    const { limits, storage } = await manager.getAccountInfo()
    checkPart("the storage of the account in NATS", storage, limits.max_storage, found)
    for (const { name } of wantedStreams(contexts, {}, wire.names)) {
      await checkStream(manager, name, found)
    }
  } catch (error) {
    found.troubles.push(`JetStream cannot be asked: ${error}`)
  }
  for (const monitorUrl of monitorUrls) await checkServer(monitorUrl, found)
  const { troubles, warnings } = found
  return { ...ofStatus(statusBy(troubles.length > 0, warnings.length > 0)), ...found }
}
