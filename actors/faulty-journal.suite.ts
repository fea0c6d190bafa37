/** A journal on which everything goes wrong that can, drawn from a seed. */
import { type MemoryLog, type StoredCommit, Unavailable } from "../contracts/mod.ts"
import { wholeHistory } from "./history.ts"
import type { Appended, Journal } from "./journal.ts"
import { memoryJournal } from "./journal-memory.ts"

/** Numbers from 0 up to 1 that are the same for the same seed (mulberry32, Tommy Ettinger). */
export const randomOf = (seed: number) => (): number => {
  seed = (seed + 0x6d2b79f5) | 0
  let mixed = Math.imul(seed ^ (seed >>> 15), seed | 1)
  mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
  return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
}

const never = new Promise<never>(() => {})

/** Loses, repeats, holds back and refuses appends; reads fail, or tell an earlier state. */
export class FaultyJournal implements Journal {
  readonly #inner: Journal
  readonly #random: () => number
  /** Whether anything goes wrong now. */
  faulty = true
  /** Whether its host has crashed: nothing is answered any more. */
  dead = false

  constructor(log: MemoryLog, random: () => number) {
    this.#inner = memoryJournal(log)
    this.#random = random
  }

  readsProve = () => !this.faulty || this.#random() < 0.9

  maxCommitBytes = () => this.#inner.maxCommitBytes()

  append: Journal["append"] = (name, id, expected, commit, timeoutMs, done) => {
    const report = (appended: Appended) => {
      if (!this.dead) done(appended)
    }
    const store = (then: (appended: Appended) => void) =>
      this.#inner.append(name, id, expected, commit, timeoutMs, then)
    const lost = () => report({ type: "unknown", reason: "timeout" })
    const later = (work: () => void) => this.#later(work)
    const faults = [
      () => later(lost),
      () => store(() => later(lost)),
      () => {
        later(lost)
        later(() => later(() => later(() => store(() => {}))))
      },
      () => {
        store((appended) => later(() => report(appended)))
        later(() => store(() => {}))
      },
      () => later(() => report({ type: "conflict" })),
      () => later(() => report({ type: "refused", reason: "no stream" })),
    ]
    const at = this.faulty ? Math.floor(this.#random() * faults.length * 2.5) : faults.length
    const fault = faults[at]
    if (fault) fault()
    else later(() => store((appended) => later(() => report(appended))))
  }

  tail: Journal["tail"] = async (name, id, { fresh }) => {
    await this.#read()
    if (fresh || !this.faulty || this.#random() < 0.5) {
      return await this.#inner.tail(name, id, { fresh: true })
    }
    const commits: (StoredCommit | undefined)[] = await wholeHistory(this.#inner, name, id)
    return [undefined, ...commits].at(-Math.ceil(this.#random() * 3))
  }

  commits: Journal["commits"] = async (name, sequences) => {
    await this.#read()
    return await this.#inner.commits(name, sequences)
  }

  async #read(): Promise<void> {
    await new Promise<void>((resolve) => this.#later(resolve))
    if (this.dead) await never
    if (this.faulty && this.#random() < 0.1) throw new Unavailable({ message: "the log is away" })
  }

  /** Runs something after up to three turns of the event loop. */
  #later(work: () => void): void {
    const step = (left: number): void => {
      if (left === 0) work()
      else setImmediate(() => step(left - 1))
    }
    step(Math.floor(this.#random() * 4))
  }
}
