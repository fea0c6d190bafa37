/** The log of one actor as one question reads it: a few commits at a time, until a deadline. */
import { ANCESTORS, type Skip, type StoredCommit } from "../../../wire/internal.ts"
import { Timeout, TooLarge } from "../../../contracts/internal.ts"
import { endOf } from "../history.ts"
import type { Journal, Meter } from "../../journal/journal.ts"
import { READS } from "../../limits.ts"

/** Concurrent reads at first, while the size of commits is not known. */
const FIRST_BATCH = 4

/** What one question may cost. */
export interface Allowance {
  /** When the last caller stops waiting, in milliseconds since 1970. */
  readonly until: number
  /** The bytes of commits that may be read; unbounded by default. */
  readonly bytes?: number
}

/** Reads the commits of one actor. Reads reject with `Timeout` once the deadline has passed. */
export class ActorLog {
  readonly name: string
  readonly id: string
  readonly #journal: Journal
  readonly #allowance: Allowance
  readonly #meter: Meter = { bytes: 0 }
  #batch = FIRST_BATCH
  /** The size of the largest commits that were read so far, in bytes; an estimate. */
  largest = 0

  constructor(journal: Journal, name: string, id: string, allowance: Allowance) {
    this.#journal = journal
    this.name = name
    this.id = id
    this.#allowance = allowance
  }

  /** The last commit, as the log's leader has it; undefined for an empty log. */
  async tail(): Promise<StoredCommit | undefined> {
    const options = { fresh: true, meter: this.#meter }
    return await this.#measured(1, () => this.#journal.tail(this.name, this.id, options))
  }

  /** The first commit at or after a sequence; undefined if the log ends before it. */
  async from(sequence: number): Promise<StoredCommit | undefined> {
    const { name, id } = this
    return await this.#measured(1, () => this.#journal.from(name, id, sequence, this.#meter))
  }

  /** The messages of the log that are known to be stepped over. */
  skipped(): readonly Skip[] {
    return this.#journal.skipped(this.name, this.id)
  }

  /** The commit with this sequence. */
  async commit(sequence: number): Promise<StoredCommit> {
    const [found] = await this.all([sequence])
    return found!
  }

  /** All commits with these sequences, in this order, read concurrently. */
  async all(sequences: readonly number[]): Promise<readonly StoredCommit[]> {
    const { length } = sequences
    const read = () => this.#journal.commits(this.name, sequences, this.#meter)
    return await this.#measured(length, read)
  }

  /** The commits with these sequences, in this order, a batch at a time. */
  async *commits(sequences: readonly number[]): AsyncGenerator<readonly StoredCommit[]> {
    let at = 0
    while (at < sequences.length) {
      const wanted = sequences.slice(at, at + this.#batch)
      const found = await this.all(wanted)
      at += wanted.length
      const fitting = Math.floor(READS.bytesAtOnce / Math.max(this.largest, 1))
      // A batch is at most twice the one before, because the next commits may be larger.
      this.#batch = Math.max(1, Math.min(fitting, this.#batch * 2, ANCESTORS))
      yield found
    }
  }

  async #measured<T>(commits: number, read: () => Promise<T>): Promise<T> {
    const before = this.#meter.bytes
    const found = await read()
    this.largest = Math.max(this.largest, (this.#meter.bytes - before) / commits)
    this.#check()
    return found
  }

  #check(): void {
    const { until, bytes = Infinity } = this.#allowance
    const what = `reading ${this.name} ${this.id}`
    if (Date.now() >= until) {
      throw new Timeout({
        message: `${what} was given up, because the caller's deadline has passed`,
      })
    }
    if (this.#meter.bytes > bytes) {
      throw new TooLarge({
        message: `${what} takes more than the ${bytes} bytes of commits that are read for one ` +
          "question: ask for a later version, or for pages of its history",
      })
    }
  }
}

/** Whether a commit holds the event that made this version. */
export const holds = (commit: StoredCommit, version: number): boolean =>
  commit.base < version && version <= endOf(commit)
