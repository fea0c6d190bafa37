/** Exports the events of an application as the lines that an import reads. */
import { natsJournal } from "../../actors/internal.ts"
import type { AnyContract } from "../../contracts/internal.ts"
import { positionOf } from "../../contracts/internal.ts"
import { type NatsWire, readMessage, type StoredCommit } from "../../wire/internal.ts"
import { natsFeed } from "../../projections/internal.ts"
import { exportLine } from "./export-line.ts"
import { EXPORT } from "./limits.ts"

/** Takes lines; resolves when there is room for more. */
export type Lines = (lines: readonly string[]) => Promise<void>

/** What an export has written, and what it could not read. */
export interface Exported {
  readonly events: number
  /** The positions of messages that nobody can read, up to a hundred, and how many there are. */
  readonly unreadable: readonly string[]
  readonly unreadableCount: number
}

const NAMED = 100

/** Collects the lines of commits, and the positions of what cannot be read. */
class Writer {
  readonly #lines: Lines
  #events = 0
  #unreadable = 0
  readonly #named: string[] = []

  constructor(lines: Lines) {
    this.#lines = lines
  }

  get result(): Exported {
    return { events: this.#events, unreadable: this.#named, unreadableCount: this.#unreadable }
  }

  unreadable(position: string): void {
    this.#unreadable++
    if (this.#named.length < NAMED) this.#named.push(position)
  }

  async write(
    commits: readonly (readonly [contract: AnyContract, id: string, commit: StoredCommit])[],
  ): Promise<void> {
    const lines = commits.flatMap(([contract, id, commit]) =>
      commit.skipped ? [] : commit.events.map((_, index) => exportLine(contract, id, commit, index))
    )
    this.#events += lines.length
    await this.#lines(lines)
  }
}

/** Exports the events of one actor. */
export const exportActor = async (
  wire: NatsWire,
  contract: AnyContract,
  id: string,
  lines: Lines,
): Promise<Exported> => {
  const journal = natsJournal(wire)
  const writer = new Writer(lines)
  await journal.learnSkips(contract.name)
  const tail = await journal.tail(contract.name, id, { fresh: true })
  for (let at = 0; tail && at < tail.sequence;) {
    const next = await journal.from(contract.name, id, at + 1)
    const commit = next && next.sequence < tail.sequence ? next : tail
    await writer.write([[contract, id, commit]])
    at = commit.sequence
  }
  return writer.result
}

/**
 * Exports the events of these contracts, which are of one context, in the order of its log, up to
 * where the log ended at the beginning.
 */
export const exportContext = async (
  wire: NatsWire,
  contracts: readonly AnyContract[],
  lines: Lines,
  progress: (progress: { readonly done: number; readonly of: number }) => void,
): Promise<Exported> => {
  const [{ context }] = contracts as [AnyContract]
  const byName = new Map(contracts.map((contract) => [contract.name, contract]))
  const feed = natsFeed(wire)
  const { last } = await feed.stream(context)
  const skips = new Set((await feed.skips(context)).keys())
  const writer = new Writer(lines)
  if (last === 0) return writer.result
  const cursor = await feed.open({ [context]: 0 })
  try {
    for (let reached = 0; reached < last;) {
      const messages = await cursor.next(EXPORT.messages)
      const commits: [AnyContract, string, StoredCommit][] = []
      for (const message of messages) {
        reached = message.sequence
        if (reached > last) break
        const read = readMessage(message, byName, (_, sequence) => skips.has(sequence))
        if (read.kind === "commit") commits.push([read.contract, read.id, read.commit])
        else if ("cause" in read) writer.unreadable(positionOf(context, reached))
      }
      await writer.write(commits)
      progress({ done: Math.min(reached, last), of: last })
    }
  } finally {
    cursor.close()
  }
  return writer.result
}
