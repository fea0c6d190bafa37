/** Durability: how safely acknowledged messages are kept, and the check of production's servers. */
import { Schema } from "effect"
import { StartProblem } from "../start-problem.ts"
import { schemaCodec } from "../../contracts/internal.ts"

/**
 * How an application is run. `production` refuses servers that flush to disk at intervals. Such a
 * nats-server acknowledges up to two minutes (its default) before it flushes, and a power cut loses
 * the messages acknowledged in between.
 */
export type Profile = "development" | "production"

/** The settings that durability depends on. */
export interface DurabilityOptions {
  readonly profile?: Profile
  /** On how many servers each message is stored. */
  readonly replicas?: number
  /** Whether the streams are compressed on disk. */
  readonly compression?: boolean
  /** The monitoring pages of every nats-server, such as `http://nats-1:8222`. */
  readonly monitorUrls?: readonly string[]
  /** Accepts, in production, servers that cannot be checked or that flush at intervals. */
  readonly acceptPowerLoss?: boolean
}

const CHECK_TIMEOUT_MS = 5_000

const page = schemaCodec(
  Schema.Struct({
    config: Schema.Struct({ sync_always: Schema.optionalKey(Schema.Boolean) }),
  }),
  "the page /jsz of a nats-server",
)

const HOW = "set `jetstream { sync_interval: always }`, or accept that a power cut loses what " +
  "was acknowledged, with LEFTFOLD_ACCEPT_POWER_LOSS=true"

const monitorAddress = (monitorUrl: string): URL => {
  const url = URL.canParse(monitorUrl) ? new URL(monitorUrl) : undefined
  if (url && /^https?:$/.test(url.protocol)) return url
  throw new StartProblem(
    "NATS_MONITOR_URL is no address of monitoring pages: write http://nats-0:8222, several " +
      "separated by commas",
  )
}

const flushesAlways = async (monitorUrl: string): Promise<boolean> => {
  const address = monitorAddress(monitorUrl)
  try {
    const response = await fetch(new URL("/jsz?config=true", address), {
      signal: AbortSignal.timeout(CHECK_TIMEOUT_MS),
    })
    return page.decode(await response.json()).config.sync_always === true
  } catch (cause) {
    throw new StartProblem(
      `the monitoring page of ${address.host} (NATS_MONITOR_URL) cannot be read, so its ` +
        `sync_interval is not known: ${HOW}`,
      { cause },
    )
  }
}

/** In production, rejects unless every server is durable; says why, and what to do. */
export const checkDurability = async (options: DurabilityOptions): Promise<void> => {
  const { profile = "development", monitorUrls = [], acceptPowerLoss = false } = options
  if (profile !== "production" || acceptPowerLoss) return
  if (monitorUrls.length === 0) {
    throw new StartProblem(
      "production needs NATS_MONITOR_URL, the monitoring pages of every nats-server, to check " +
        `that each flushes to disk before it acknowledges: ${HOW}`,
    )
  }
  for (const monitorUrl of monitorUrls) {
    if (await flushesAlways(monitorUrl)) continue
    throw new StartProblem(
      `the nats-server at ${
        monitorAddress(monitorUrl).host
      } acknowledges before it flushes to disk, so a power cut ` +
        `loses what was acknowledged: ${HOW}`,
    )
  }
}
