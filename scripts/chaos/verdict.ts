/** A verdict: everything in a history that must not be, by kind, in sentences. */

/** The kinds of findings. */
export const FAULTS = [
  /** Accepted, or wanted by a policy, and not in the log. */
  "lost",
  /** In the log more than once, or without being asked for. */
  "duplicated",
  /** An actor's versions have a gap, or a commit does not follow the one before it. */
  "brokenChains",
  /** A row of a view is not what a fold of the log gives. */
  "viewDrift",
  /** A rejection that was true at no time of the call, or a rejected command that was stored. */
  "wrongRejections",
  /** An answer whose position, version or count is not the log's, or one that makes no sense. */
  "wrongAnswers",
  /** Servers that hold different messages. */
  "unlikeReplicas",
  /** Slices without an owner, or with one that does not answer. */
  "unownedSlices",
] as const

/** One kind of finding. */
export type Fault = typeof FAULTS[number]

/** The findings, by kind. */
export type Verdict = { readonly [Kind in Fault]: readonly string[] }

/** Collects findings. */
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

  /** Adds a finding. */
  add(fault: Fault, sentence: string): void {
    this.#found[fault].push(sentence)
  }

  /** All findings so far. */
  get verdict(): Verdict {
    return this.#found
  }
}

/** Whether nothing was found. */
export const isClean = (verdict: Verdict): boolean =>
  FAULTS.every((fault) => verdict[fault].length === 0)
