/** Parked events: events that could not be folded, and those that wait behind them. */

/** Where an event stands in the log. */
export interface Place {
  readonly context: string
  readonly sequence: number
  /** The number of the event in its message; -1 for a whole message that cannot be read. */
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

/** An event that every later fold skips, because an operator gave it up. */
export interface Discarded extends Omit<ParkedEvent, "parkedAt"> {
  readonly discardedAt: Date
  /** The operator who gave it up. */
  readonly by: string
}

/**
 * Which events a fold skips: the texts of their places, and of these with the keys that they were
 * parked under. Of the events that one stored event became, only those of that key are skipped.
 */
export type Skipped = ReadonlySet<string>

/** The text that stands for a place. */
export const placeText = ({ context, sequence, index }: Place): string =>
  `${context}:${sequence}:${index}`

/** The text that stands for an event that is parked under a key. */
export const parkedText = (event: Place & Pick<ParkedEvent, "key">): string =>
  `${placeText(event)} ${event.key}`

/** The texts under which a fold knows a discarded event. */
export const discardedTexts = (event: Place & Pick<ParkedEvent, "key">): readonly string[] => [
  placeText(event),
  parkedText(event),
]

/**
 * The parked entry that an event comes from: its own, or that of its whole message, which can
 * become several events once it can be read. Entries are texts as `parkedText` gives them.
 */
export const originOf = (
  event: ParkedEvent,
  known: { readonly has: (text: string) => boolean },
): string | undefined =>
  [event, { ...event, index: -1 }].map(parkedText).find((text) => known.has(text))

/**
 * The queue after removing `unparked`. An event that is parked again keeps the place of the entry
 * that it comes from.
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

/** Whether two places are the same. */
export const isSamePlace = (one: Place, other: Place): boolean =>
  one.context === other.context && one.sequence === other.sequence && one.index === other.index

/** Whether an event of the same actor comes after this place. */
export const isBehind = (event: Place, first: Place): boolean =>
  event.sequence > first.sequence ||
  event.sequence === first.sequence && event.index > first.index
