/** A summary: the result of a run, in figures. */
import { groupBy } from "./group-by.ts"
import type { Asked } from "./history.ts"
import type { Injected } from "../../app/development/chaos/injection.ts"
import { type Fault, FAULTS, type Verdict } from "./verdict.ts"
import { type Wait, worstSecondOf } from "./worst-second.ts"

/** The figures of a run. Times are in milliseconds. */
export interface Summary {
  readonly seed: number
  readonly seconds: number
  /** How many faults were injected, by kind. */
  readonly faults: Readonly<Record<string, number>>
  /** How many questions, for how many commands, and their outcomes. */
  readonly questions: number
  readonly commands: number
  readonly outcomes: Readonly<Record<string, number>>
  /** Commands without an answer after all attempts. */
  readonly unanswered: number
  /** The longest that a command, with its attempts, was without an answer. */
  readonly longestUnavailableMs: number
  /** The p99 of the waits in the second in which that is largest. */
  readonly worstSecondP99Ms: number
  /** How long after each fault the last command that it delayed was answered. */
  readonly recoveries: readonly { readonly fault: string; readonly ms: number }[]
  readonly settledMs: number
  readonly commits: number
  /** How much was found that must not be, by kind; all must be 0. */
  readonly found: Readonly<Record<Fault, number>>
}

/** What a summary is computed from. */
export interface Results {
  readonly seed: number
  readonly seconds: number
  readonly asked: readonly Asked[]
  readonly injected: readonly Injected[]
  readonly commits: number
  readonly settledMs: number
  readonly verdict: Verdict
}

const counted = <T>(things: readonly T[], nameOf: (thing: T) => string) =>
  Object.fromEntries([...groupBy(things, nameOf)].map(([name, { length }]) => [name, length]))

const outcomeOf = ({ outcome }: Asked): string => {
  if (outcome.type === "accepted") return outcome.events === 0 ? "nothing to do" : "accepted"
  return outcome.type === "unknown" ? `unknown: ${outcome.reason.split(":")[0]}` : outcome.type
}

interface Span extends Wait {
  readonly answered: boolean
}

/** For each command, the time from its first attempt to its first answer. */
const spansOf = (asked: readonly Asked[]): Span[] =>
  [...groupBy(asked, ({ commandId, amount }) => `${commandId} ${amount}`).values()].map((all) => {
    const sentMs = Math.min(...all.map((each) => each.sentMs))
    const answers = all.filter(({ outcome }) => outcome.type !== "unknown")
    const answered = answers.length > 0
    const done = (answered ? answers : all).map(({ doneMs }) => doneMs)
    return { sentMs, doneMs: answered ? Math.min(...done) : Math.max(...done), answered }
  })

/** A command sent this long after a fault is still delayed by it, in milliseconds. */
const AFTERMATH_MS = 500
/** A wait up to this long is not a delay, in milliseconds. */
const PROMPT_MS = 250

const recoveryOf = ({ fromMs }: Injected, spans: readonly Span[]): number => {
  const held = spans.filter(({ sentMs, doneMs }) =>
    doneMs >= fromMs && sentMs <= fromMs + AFTERMATH_MS && doneMs - sentMs > PROMPT_MS
  )
  return Math.round(Math.max(0, ...held.map(({ doneMs }) => doneMs - fromMs)))
}

/** The summary of a run. */
export const summaryOf = (results: Results): Summary => {
  const { seed, seconds, asked, injected, commits, settledMs, verdict } = results
  const spans = spansOf(asked)
  const found = Object.fromEntries(FAULTS.map((fault) => [fault, verdict[fault].length]))
  return {
    seed,
    seconds,
    faults: counted(injected, ({ kind }) => kind),
    questions: asked.length,
    commands: spans.length,
    outcomes: counted(asked, outcomeOf),
    unanswered: spans.filter(({ answered }) => !answered).length,
    longestUnavailableMs: Math.round(
      spans.reduce((most, { sentMs, doneMs }) => Math.max(most, doneMs - sentMs), 0),
    ),
    worstSecondP99Ms: worstSecondOf(spans),
    recoveries: injected.map((each) => ({ fault: each.what, ms: recoveryOf(each, spans) })),
    settledMs: Math.round(settledMs),
    commits,
    found: found as Record<Fault, number>,
  }
}
