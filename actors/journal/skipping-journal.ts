/** A journal that steps over the messages that an operator has skipped. */
import {
  logSubject,
  type Skip,
  type Skips,
  standIn,
  type StoredCommit,
} from "../../wire/internal.ts"
import { BrokenHistory, type Journal, type PlainJournal } from "./journal.ts"
import { contextOf } from "../../contracts/internal.ts"

/**
 * Reads like the journal inside, except that a commit without events stands in for each message
 * that is stepped over. `learnSkips` looks these messages up, and the journal remembers them.
 */
export class SkippingJournal implements Journal {
  readonly append: Journal["append"]
  readonly readsProve: Journal["readsProve"]
  readonly troubles: Journal["troubles"]
  readonly warnings: Journal["warnings"]
  readonly watch: Journal["watch"]
  readonly maxCommitBytes: Journal["maxCommitBytes"]
  readonly #inner: PlainJournal
  readonly #skips: Skips
  readonly #known = new Map<string, ReadonlyMap<number, Skip>>()
  /** How many messages each context stepped over when it was last looked up. */
  readonly #counts = new Map<string, number>()

  constructor(inner: PlainJournal, skips: Skips) {
    this.#inner = inner
    this.#skips = skips
    this.append = inner.append
    this.readsProve = inner.readsProve
    this.troubles = inner.troubles
    this.warnings = inner.warnings
    this.watch = inner.watch
    this.maxCommitBytes = inner.maxCommitBytes
  }

  tail: Journal["tail"] = (name, id, options) => {
    const found = this.#inner.tail(name, id, options)
    // While nothing is stepped over, no extra promise is made, because waking actors uses this.
    return this.#known.size === 0 ? found : this.#steppedOver(name, found)
  }

  from: Journal["from"] = (name, id, sequence, meter) =>
    this.#steppedOver(name, this.#inner.from(name, id, sequence, meter))

  commits: Journal["commits"] = async (name, sequences, meter) => {
    const known = this.#known.get(contextOf(name))
    if (!known) return await this.#inner.commits(name, sequences, meter)
    // A message that was never a commit cannot be read at all.
    const readable = sequences.filter((sequence) => known.get(sequence)?.events !== 0)
    const commits = await this.#inner.commits(name, readable, meter)
    const found = new Map(commits.map((commit) => [commit.sequence, commit]))
    return sequences.flatMap((sequence) => {
      const commit = found.get(sequence)
      return this.#standIn(name, sequence, commit) ?? commit ?? []
    })
  }

  /** The commit that was found, or its stand-in. */
  async #steppedOver(
    name: string,
    found: Promise<StoredCommit | undefined>,
  ): Promise<StoredCommit | undefined> {
    try {
      const commit = await found
      return commit && (this.#standIn(name, commit.sequence, commit) ?? commit)
    } catch (error) {
      const sequence = error instanceof BrokenHistory ? error.sequence : undefined
      const instead = sequence === undefined ? undefined : this.#standIn(name, sequence)
      if (instead) return instead
      throw error
    }
  }

  learnSkips: Journal["learnSkips"] = async (name) => {
    const context = contextOf(name)
    const skips = await this.#skips.read(context)
    if (skips.size > 0) this.#known.set(context, skips)
    const before = this.#counts.get(context) ?? 0
    this.#counts.set(context, skips.size)
    return skips.size > before
  }

  skipped: Journal["skipped"] = (name, id) => {
    const known = this.#known.get(contextOf(name))
    if (!known) return []
    const subject = logSubject(name, id)
    return [...known.values()].filter((skip) => skip.subject === subject)
      .sort((one, other) => one.sequence - other.sequence)
  }

  #standIn(name: string, sequence: number, original?: StoredCommit): StoredCommit | undefined {
    const skip = this.#known.get(contextOf(name))?.get(sequence)
    return skip && standIn(skip, original)
  }
}
