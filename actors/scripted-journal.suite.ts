/** A journal whose appends wait for the test to say what becomes of them. */
import { decodeCommit, type StoredCommit } from "../contracts/mod.ts"
import type { Appended, Journal } from "./journal.ts"

/** An append that the journal has been asked for and has not answered. */
export interface HeldAppend {
  readonly id: string
  readonly expected: number
  /** The commit, without a sequence of its own. */
  readonly commit: StoredCommit
  /** The command ids in the commit, one per event. */
  readonly commands: readonly string[]
  /** Does what was asked for, and reports it. */
  readonly store: () => Promise<Appended>
  /** Does what was asked for, and reports nothing. */
  readonly storeSilently: () => Promise<Appended>
  /** Reports this without doing anything. */
  readonly report: (appended: Appended) => void
}

type Append = Journal["append"]

/** Passes everything on to another journal; while it holds, appends wait for the test. */
export class ScriptedJournal implements Journal {
  readonly #inner: Journal
  readonly #held: HeldAppend[] = []
  readonly #takers: ((append: HeldAppend) => void)[] = []
  #holding = false
  /** How many reads of each kind there were. */
  readonly reads = { tail: 0, fresh: 0, commits: 0 }
  /** The most appends of one actor that were ever in flight together. */
  mostInFlight = 0
  readonly #inFlight = new Map<string, number>()
  /** What a read does first; a test lets it wait or fail. */
  beforeRead: () => Promise<void> = () => Promise.resolve()
  /** Answers reads of tails that need not be fresh; a test makes it answer old ones. */
  staleTail: (name: string, id: string) => Promise<StoredCommit | undefined>
  /** Answers reads of tails that must be fresh. */
  freshTail: (name: string, id: string) => Promise<StoredCommit | undefined>
  maxBytes: number | undefined
  readsProve = () => true

  constructor(inner: Journal) {
    this.#inner = inner
    this.staleTail = (name, id) => inner.tail(name, id, { fresh: false })
    this.freshTail = (name, id) => inner.tail(name, id, { fresh: true })
  }

  /** From now on appends wait. */
  hold(): void {
    this.#holding = true
  }

  /** From now on appends are passed on, and those that waited are. */
  release(): void {
    this.#holding = false
    for (const append of this.#held.splice(0)) void append.store()
  }

  /** The next append that waits. */
  next(): Promise<HeldAppend> {
    const held = this.#held.shift()
    return held ? Promise.resolve(held) : new Promise((resolve) => this.#takers.push(resolve))
  }

  /** How many appends wait and have not been taken by `next`. */
  get waiting(): number {
    return this.#held.length
  }

  append: Append = (name, id, expected, bytes, timeoutMs, done) => {
    const key = `${name}.${id}`
    const inFlight = (this.#inFlight.get(key) ?? 0) + 1
    this.#inFlight.set(key, inFlight)
    this.mostInFlight = Math.max(this.mostInFlight, inFlight)
    const report = (appended: Appended) => {
      this.#inFlight.set(key, (this.#inFlight.get(key) ?? 0) - 1)
      done(appended)
    }
    const storeSilently = () =>
      new Promise<Appended>((resolve) =>
        this.#inner.append(name, id, expected, bytes, timeoutMs, resolve)
      )
    const commit = decodeCommit(bytes, 0)
    const held: HeldAppend = {
      id,
      expected,
      commit,
      commands: commit.events.map(({ command }) => command),
      storeSilently,
      report,
      store: async () => {
        const appended = await storeSilently()
        report(appended)
        return appended
      },
    }
    if (!this.#holding) void held.store()
    else {
      const taker = this.#takers.shift()
      if (taker) taker(held)
      else this.#held.push(held)
    }
  }

  tail: Journal["tail"] = async (name, id, { fresh }) => {
    this.reads[fresh ? "fresh" : "tail"]++
    await this.beforeRead()
    return await (fresh ? this.freshTail(name, id) : this.staleTail(name, id))
  }

  commits: Journal["commits"] = async (name, sequences) => {
    this.reads.commits++
    await this.beforeRead()
    return await this.#inner.commits(name, sequences)
  }

  maxCommitBytes = () => this.maxBytes ?? this.#inner.maxCommitBytes()
}
