/** A skip: an operator's record that a message is stepped over. The message stays in the log. */
import { SKIPS } from "./address.ts"
import { decodeOwn, encode, isCount, isMap } from "./codec.ts"
import { reportWarning } from "./report.ts"

/** A message that is stepped over, and what replaces it in its actor's log. */
export interface Skip {
  readonly context: string
  /** Its sequence in the context's stream. */
  readonly sequence: number
  /** The subject of the message. */
  readonly subject: string
  /** How many events its actor had before it. */
  readonly base: number
  /** The sequences of the actor's most recent commits before it, oldest first. */
  readonly ancestors: readonly number[]
  /** How many of the actor's events it counts as; 0 if it never was one of the actor's commits. */
  readonly events: number
  readonly reason: string
  /** The operator who skipped it. */
  readonly by: string
  /** When the operator skipped it, in milliseconds since 1970. */
  readonly time: number
}

/** Knows which messages of a log are stepped over. */
export interface Skips {
  /** The skips of a context by sequence, from the log's leader. Rejects with `Unavailable`. */
  readonly read: (context: string) => Promise<ReadonlyMap<number, Skip>>
}

/** A record of skips, as a message of the log that it is about. */
export interface SkipRecord {
  readonly sequence: number
  readonly payload: Uint8Array
}

/** The bytes of a record, which holds skips of one context. */
export const encodeSkips = (skips: readonly Skip[]): Uint8Array => encode("msgpack", { skips })

const isSkip = (value: unknown): value is Skip =>
  isMap(value) && typeof value.context === "string" && isCount(value.sequence) &&
  typeof value.subject === "string" && isCount(value.base) && isCount(value.events) &&
  Array.isArray(value.ancestors) && value.ancestors.every(isCount) &&
  typeof value.reason === "string" && typeof value.by === "string" && isCount(value.time)

/** Reads a record. An unreadable record is ignored, because it must not stop anything either. */
export const decodeSkips = ({ sequence, payload }: SkipRecord): readonly Skip[] => {
  try {
    const value = decodeOwn("msgpack", payload)
    if (isMap(value) && Array.isArray(value.skips) && value.skips.every(isSkip)) return value.skips
  } catch {
    // Reported below, as every other message that is not a record.
  }
  reportWarning(`the message at sequence ${sequence} is not a record of skips: it is ignored`)
  return []
}

/** Whether this is the subject of a record of skips. */
export const isSkipsSubject = (subject: string): boolean => subject.includes(SKIPS)

/** Reads records in order, each once. `get` reads a record by its number; undefined at the end. */
export class SkipsReader implements Skips {
  readonly #get: (context: string, record: number) => Promise<SkipRecord | undefined>
  readonly #known = new Map<string, Map<number, Skip>>()
  readonly #records = new Map<string, number>()

  constructor(get: (context: string, record: number) => Promise<SkipRecord | undefined>) {
    this.#get = get
  }

  /** How many records of a context were read. */
  records(context: string): number {
    return this.#records.get(context) ?? 0
  }

  read = async (context: string): Promise<ReadonlyMap<number, Skip>> => {
    const skips = this.#known.get(context) ?? new Map<number, Skip>()
    this.#known.set(context, skips)
    for (;;) {
      const next = this.records(context) + 1
      const record = await this.#get(context, next)
      if (!record) return skips
      for (const skip of decodeSkips(record)) skips.set(skip.sequence, skip)
      this.#records.set(context, Math.max(next, this.records(context)))
    }
  }
}
