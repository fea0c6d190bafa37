/** A timeline: the state of an account after each of its versions, by the log. */
import type { Asked, Logged } from "./history.ts"

/** One event of an account. */
export interface Step {
  readonly sequence: number
  readonly commandId: string
  readonly command: "Deposit" | "Withdraw"
  readonly amount: number
  /** The balance after it. */
  readonly balance: number
}

/** The versions that an account may have had while a question was in progress. */
export interface Window {
  readonly oldest: number
  readonly newest: number
}

/** What is known about one account. */
export class Timeline {
  /** The event that made each version, from version 1 on. */
  readonly steps: readonly Step[]
  /** By version: the commits that only record a refusal. */
  readonly #refusals = new Map<number, number[]>()
  readonly #firstSent = new Map<string, number>()
  /** Versions that clients knew, in the order in which they learned them. */
  readonly #known: readonly { readonly atMs: number; readonly version: number }[]

  /** Takes the commits of one account, in order, and all questions to it. */
  constructor(commits: readonly Logged[], asked: readonly Asked[]) {
    const steps: Step[] = []
    let balance = 0
    for (const { commit } of commits) {
      if (commit.events.length === 0) {
        const version = steps.length
        this.#refusals.set(version, [...this.#refusals.get(version) ?? [], commit.sequence])
      }
      for (const { type, data, command: commandId } of commit.events) {
        const { amount = 0 } = data as { readonly amount?: number }
        const command = type === "Withdrawn" ? "Withdraw" : "Deposit"
        balance += command === "Withdraw" ? -amount : amount
        steps.push({ sequence: commit.sequence, commandId, command, amount, balance })
      }
    }
    this.steps = steps
    for (const { commandId, sentMs } of asked) {
      const first = this.#firstSent.get(commandId) ?? Infinity
      this.#firstSent.set(commandId, Math.min(first, sentMs))
    }
    let version = 0
    this.#known = asked.flatMap(({ doneMs, outcome }) =>
      outcome.type === "accepted" ? [{ atMs: doneMs, version: outcome.version }] : []
    ).sort((one, other) => one.atMs - other.atMs)
      .map(({ atMs, version: told }) => ({ atMs, version: version = Math.max(version, told) }))
  }

  /** The balance at a version. */
  balanceAt(version: number): number | undefined {
    return version === 0 ? 0 : this.steps[version - 1]?.balance
  }

  /** The sequence of the commit that made a version; 0 before the first. */
  sequenceAt(version: number): number | undefined {
    return version === 0 ? 0 : this.steps[version - 1]?.sequence
  }

  /** The last version with this balance; undefined if no version has it. */
  lastWith(balance: number): number | undefined {
    const at = this.steps.findLastIndex((step) => step.balance === balance)
    return at < 0 ? undefined : at + 1
  }

  /** Whether the account was at a version after this commit. */
  endedAt(version: number, sequence: number): boolean {
    return this.sequenceAt(version) === sequence ||
      (this.#refusals.get(version) ?? []).includes(sequence)
  }

  /**
   * The versions from the last one that a client knew before the question was sent, to the last one
   * that can have come before its answer, because its commands had been sent by then.
   */
  windowOf({ sentMs, doneMs }: Pick<Asked, "sentMs" | "doneMs">): Window {
    let [low, high] = [0, this.#known.length]
    while (low < high) {
      const middle = (low + high) >> 1
      if (this.#known[middle]!.atMs < sentMs) low = middle + 1
      else high = middle
    }
    const oldest = this.#known[low - 1]?.version ?? 0
    let newest = oldest
    for (let step = this.steps[newest]; step; step = this.steps[newest]) {
      if ((this.#firstSent.get(step.commandId) ?? 0) > doneMs) break
      newest++
    }
    return { oldest, newest }
  }

  /** Whether the account was at a version within the window for which `said` holds. */
  was(window: Window, said: (balance: number, version: number) => boolean): boolean {
    for (let version = window.oldest; version <= window.newest; version++) {
      const balance = this.balanceAt(version)
      if (balance !== undefined && said(balance, version)) return true
    }
    return false
  }
}
