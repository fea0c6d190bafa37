/** A scan: reads a part of the log from front to back, once its cost is known and accepted. */
import { type AnyContract, Invalid, type Positions } from "../../contracts/internal.ts"
import { readMessage, type StoredCommit } from "../../wire/internal.ts"
import type { Feed } from "../../projections/internal.ts"
import { SCAN } from "./limits.ts"

/** A commit of the log, and whose it is. */
export interface LoggedCommit {
  readonly contract: AnyContract
  readonly id: string
  readonly commit: StoredCommit
}

/** A scan would read so much that it is not done without being asked for. */
export class CostlyScan extends Invalid {
  constructor(what: string, messages: number, contexts: readonly string[]) {
    const seconds = Math.max(1, Math.round(messages / SCAN.perSecond))
    super({
      message: `${what} reads ${messages.toLocaleString("en")} messages of ` +
        `${contexts.join(", ")}, which takes about ${seconds} s: ask for it with --scan`,
    })
  }
}

/** What is scanned. */
export interface ScanOptions {
  readonly feed: Feed
  readonly contracts: readonly AnyContract[]
  /** The sequences after which to begin, by context. */
  readonly after: Positions
  /** The sequences up to which to read, by context; each context begins and ends in both. */
  readonly to: Positions
  /** What needs the scan, as the subject of a sentence: "the row a". */
  readonly what: string
  /** Whether the caller knows what it costs. */
  readonly accepted: boolean
}

/** The commits of these contracts, in order within each context. Rejects with `CostlyScan`. */
export async function* scan(options: ScanOptions): AsyncGenerator<readonly LoggedCommit[]> {
  const { feed, contracts, after, to, what, accepted } = options
  const left = new Map(
    Object.entries(to).filter(([context, last]) => last > (after[context] ?? 0)),
  )
  const contexts = [...left.keys()]
  const cost = contexts.reduce((sum, each) => sum + left.get(each)! - (after[each] ?? 0), 0)
  if (cost > SCAN.unasked && !accepted) throw new CostlyScan(what, cost, contexts)
  if (contexts.length === 0) return
  const skips = new Map<string, ReadonlyMap<number, unknown>>()
  for (const context of contexts) skips.set(context, await feed.skips(context))
  const isSkipped = (context: string, at: number) => skips.get(context)?.has(at) ?? false
  const byName = new Map(contracts.map((contract) => [contract.name, contract]))
  const cursor = await feed.open(
    Object.fromEntries(contexts.map((each) => [each, after[each] ?? 0])),
  )
  try {
    while (left.size > 0) {
      const commits: LoggedCommit[] = []
      for (const message of await cursor.next(SCAN.batch)) {
        const last = left.get(message.context)
        if (last === undefined) continue
        if (message.sequence >= last) left.delete(message.context)
        if (message.sequence > last) continue
        const read = readMessage(message, byName, isSkipped)
        if (read.kind === "commit") commits.push(read)
      }
      yield commits
    }
  } finally {
    cursor.close()
  }
}
