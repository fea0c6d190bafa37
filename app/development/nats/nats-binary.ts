/** The nats-server program to use: the first one that the steps of the search find. */
import { natsFromDebian } from "./nats-debian.ts"
import { cachedNats, namedNats, natsOnPath } from "./nats-installed.ts"
import { natsFromRelease } from "./nats-release.ts"
import { type NatsBinary, type NatsSearch, natsSearch, type StepResult } from "./nats-search.ts"
import { ServerError } from "../server-error.ts"

type Step = (search: NatsSearch) => Promise<StepResult>

const steps: ReadonlyArray<Step> = [
  namedNats,
  natsOnPath,
  cachedNats,
  natsFromRelease,
  natsFromDebian,
]

/**
 * Finds a nats-server of version 2.14 or newer. Without one, it throws a `ServerError` that says
 * what was tried and what to do.
 */
export async function findNats(changes: Partial<NatsSearch> = {}): Promise<NatsBinary> {
  const search = natsSearch(changes)
  const reasons: Array<string> = []
  for (const step of steps) {
    search.signal?.throwIfAborted()
    const result = await step(search)
    if ("found" in result) return result.found
    reasons.push(result.missing)
  }
  throw new ServerError(
    `no nats-server of version 2.14 or newer was found (${reasons.join("; ")}): install one ` +
      "(brew install nats-server), run everything in containers (docker compose up), " +
      "or set NATS_URL to the address of one that is running",
  )
}
