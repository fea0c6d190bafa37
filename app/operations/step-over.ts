/** Steps over messages of a log that nobody can read. The log records each skip. */
import {
  type AnyContract,
  Invalid,
  messageOf,
  NotFound,
  positionOf,
} from "../../contracts/internal.ts"
import {
  appendSkips,
  decodeCommit,
  isSkipsSubject,
  type LogMessage,
  logMessageAt,
  logMessages,
  natsSkips,
  type NatsWire,
  nextAncestors,
  parseLogSubject,
  recordedEvents,
  type Skip,
  type StoredCommit,
} from "../../wire/internal.ts"

/** The place of a message in a log. */
export interface MessagePlace {
  readonly context: string
  readonly sequence: number
}

/** The operator who steps over messages, and the reason. */
export interface SkipReason {
  readonly by: string
  readonly reason: string
  /** When the operator did so, in milliseconds since 1970. */
  readonly time: number
}

/** The most skips that one message records. */
const SKIPS_PER_RECORD = 500

type Wire = Pick<NatsWire, "request" | "names">

/** The state of an actor's log before a message. */
interface Chain {
  readonly version: number
  readonly ancestors: readonly number[]
}

const START: Chain = { version: 0, ancestors: [] }

const isEqual = (one: readonly number[], other: readonly number[]): boolean =>
  one.length === other.length && one.every((each, index) => each === other[index])

/** The commit of a message if it continues the log of its actor; otherwise why it does not. */
const commitOf = (message: LogMessage, { version, ancestors }: Chain): StoredCommit | string => {
  try {
    const commit = decodeCommit(message.payload, message.sequence)
    if (commit.base === version && isEqual(commit.ancestors, ancestors)) return commit
    return `it is a commit that follows version ${commit.base}, and the actor had ${version}`
  } catch (error) {
    return messageOf(error)
  }
}

/** Why the events of a commit cannot be read; undefined when they can. */
const unreadableIn = (contract: AnyContract, id: string, commit: StoredCommit) => {
  try {
    recordedEvents(contract, id, commit)
    return undefined
  } catch (error) {
    return messageOf(error)
  }
}

/** The skips that replace messages of one subject. Rejects with `Invalid` for a readable one. */
const skipsOf = async (
  wire: Wire,
  contract: AnyContract,
  subject: string,
  wanted: ReadonlySet<number>,
  known: ReadonlyMap<number, Skip>,
  why: SkipReason,
): Promise<Skip[]> => {
  const { context } = contract
  const { id } = parseLogSubject(subject)
  const last = Math.max(...wanted)
  const skips: Skip[] = []
  let chain = START
  for await (const message of logMessages(wire, context, subject)) {
    const { sequence } = message
    if (sequence > last) break
    const commit = commitOf(message, chain)
    const problem = typeof commit === "string" ? commit : unreadableIn(contract, id, commit)
    const events = typeof commit === "string" ? 0 : commit.events.length
    if (!known.has(sequence)) {
      const place = positionOf(context, sequence)
      if (wanted.has(sequence)) {
        if (problem === undefined) throw new Invalid({ message: `${place} can be read: ${FINE}` })
        const { version: base, ancestors } = chain
        skips.push({ context, sequence, subject, base, ancestors, events, ...why })
      } else if (problem !== undefined) {
        const message =
          `${place} is before it in the log of ${contract.name} ${id} and cannot be ` +
          `read either (${problem}): step over that one first, or over both at once`
        throw new Invalid({ message })
      }
    }
    const ancestors = nextAncestors(chain.ancestors, sequence)
    chain = { version: chain.version + events, ancestors }
  }
  return skips
}

const FINE = "only what cannot be read, or does not follow from what is before it, is stepped over"

/** The skips that replace messages of one context. */
const skipsIn = async (
  contracts: readonly AnyContract[],
  wire: Wire,
  context: string,
  sequences: readonly number[],
  why: SkipReason,
): Promise<Skip[]> => {
  const known = await natsSkips(wire).read(context)
  const bySubject = new Map<string, Set<number>>()
  for (const sequence of sequences) {
    if (known.has(sequence)) continue
    const message = await logMessageAt(wire, context, sequence)
    if (!message) {
      throw new NotFound({ message: `the log has no message at ${positionOf(context, sequence)}` })
    }
    if (isSkipsSubject(message.subject)) {
      const place = positionOf(context, sequence)
      throw new Invalid({ message: `${place} records what is stepped over: it cannot be itself` })
    }
    const { subject } = message
    bySubject.set(subject, (bySubject.get(subject) ?? new Set()).add(sequence))
  }
  const skips: Skip[] = []
  for (const [subject, wanted] of bySubject) {
    const { name } = parseLogSubject(subject)
    const contract = contracts.find((each) => each.name === name)
    if (contract) skips.push(...await skipsOf(wire, contract, subject, wanted, known, why))
    else {
      // No actor reads this subject, so the skip replaces nothing.
      for (const sequence of wanted) {
        skips.push({ context, sequence, subject, base: 0, ancestors: [], events: 0, ...why })
      }
    }
  }
  return skips.sort((one, other) => one.sequence - other.sequence)
}

/**
 * Steps over messages: from then on actors, projections and policies pass over them, and every
 * reader of the log shows the skips. Resolves to the skips that are new. Rejects with `NotFound`
 * when the log has no such message, and with `Invalid` for a readable one.
 */
export const stepOver = async (
  contracts: readonly AnyContract[],
  wire: Wire,
  places: readonly MessagePlace[],
  why: SkipReason,
): Promise<readonly Skip[]> => {
  const all: Skip[] = []
  for (const context of new Set(places.map((place) => place.context))) {
    const sequences = places.filter((place) => place.context === context)
      .map(({ sequence }) => sequence)
    const skips = await skipsIn(contracts, wire, context, sequences, why)
    for (let from = 0; from < skips.length; from += SKIPS_PER_RECORD) {
      await appendSkips(wire, context, skips.slice(from, from + SKIPS_PER_RECORD))
    }
    all.push(...skips)
  }
  return all
}
