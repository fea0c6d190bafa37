/** Parked events: those that a fold could not take, and what waits behind them. */

/** Where an event stands in the log. */
export interface Place {
  readonly context: string
  readonly sequence: number
  /** Which event of its message it is; -1 for the whole of a message that is no commit. */
  readonly index: number
}

/** An event that was set aside, to be folded later. */
export interface ParkedEvent extends Place {
  /** The key of its row, or `actor:<name>/<id>` when an event of that actor has no key. */
  readonly key: string
  /** Empty for a message that is no commit. */
  readonly type: string
  /** `<context>.<actor>/<id>`. */
  readonly actor: string
  /** Why it could not be folded; undefined for an event that waits behind another one. */
  readonly error: string | undefined
  readonly parkedAt: Date
}

/** An event that is to be skipped by every fold from now on, as somebody has said. */
export interface Discarded extends Omit<ParkedEvent, "parkedAt"> {
  readonly discardedAt: Date
  /** Who has said so. */
  readonly by: string
}

/** Which events are to be skipped: those whose places are among these. */
export type Skipped = ReadonlySet<string>

/** The text that stands for a place. */
export const placeText = ({ context, sequence, index }: Place): string =>
  `${context}:${sequence}:${index}`

/** The text that stands for an event that is parked under a key. */
export const parkedText = (event: Place & Pick<ParkedEvent, "key">): string =>
  `${placeText(event)} ${event.key}`

/**
 * Of what was parked, as `parkedText` has it, that which an event comes from: itself, or the whole
 * of its message, which may be several events once it can be read.
 */
export const originOf = (
  event: ParkedEvent,
  known: { readonly has: (text: string) => boolean },
): string | undefined =>
  [event, { ...event, index: -1 }].map(parkedText).find((text) => known.has(text))

/**
 * What is parked once some events are not; each of those that are still is where that was which it
 * comes from.
 */
export const parkedWithout = (
  parked: readonly ParkedEvent[],
  unparked: readonly ParkedEvent[],
  still: readonly ParkedEvent[],
): ParkedEvent[] => {
  const gone = new Set(unparked.map(parkedText))
  const again = new Map<string | undefined, ParkedEvent[]>()
  for (const event of still) {
    const origin = originOf(event, gone)
    again.set(origin, [...again.get(origin) ?? [], event])
  }
  return parked.flatMap((event) => {
    const text = parkedText(event)
    return gone.has(text) ? again.get(text) ?? [] : [event]
  })
}

/** Whether these are one place. */
export const isSamePlace = (one: Place, other: Place): boolean =>
  one.context === other.context && one.sequence === other.sequence && one.index === other.index

/** Whether an event of the same actor comes after this place. */
export const isBehind = (event: Place, first: Place): boolean =>
  event.sequence > first.sequence ||
  event.sequence === first.sequence && event.index > first.index
