/** A verdict: everything in a history that must not be, by kind, each in a sentence. */

/** The kinds of what must not be. */
export const FAULTS = [
  /** Accepted, or to be asked by a policy, and not in the log. */
  "lost",
  /** In the log more than once, or though nobody asked for it. */
  "duplicated",
  /** An actor's versions have a gap, or a commit does not follow the one before it. */
  "brokenChains",
  /** A row of a view is not what a fold of the log gives. */
  "viewDrift",
  /** Rejected though that was true at no time of the call, or rejected and stored. */
  "wrongRejections",
  /** Accepted with a position, a version or a count that is not the log's, or answered nonsense. */
  "wrongAnswers",
  /** Servers that hold other messages than the rest. */
  "unlikeReplicas",
  /** Slices that no node owns, or one that does not answer. */
  "unownedSlices",
] as const

/** One kind of what must not be. */
export type Fault = typeof FAULTS[number]

/** What was found, by kind. */
export type Verdict = { readonly [Kind in Fault]: readonly string[] }

/** Collects what is found. */
export class Findings {
  readonly #found: Record<Fault, string[]> = {
    lost: [],
    duplicated: [],
    brokenChains: [],
    viewDrift: [],
    wrongRejections: [],
    wrongAnswers: [],
    unlikeReplicas: [],
    unownedSlices: [],
  }

  /** Notes one finding. */
  add(fault: Fault, sentence: string): void {
    this.#found[fault].push(sentence)
  }

  /** Everything so far. */
  get verdict(): Verdict {
    return this.#found
  }
}

/** Whether nothing was found. */
export const isClean = (verdict: Verdict): boolean =>
  FAULTS.every((fault) => verdict[fault].length === 0)
