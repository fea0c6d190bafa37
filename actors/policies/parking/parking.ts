/** Parking: keeps the work that policies have given up, until an operator decides. A port. */
import { positionOf } from "../../../contracts/internal.ts"
import { parseLogSubject } from "../../../wire/internal.ts"

/** The place of parked work: an event that a policy reacts to, or a timer that has fired. */
export interface ParkedPlace {
  /** `<context>.<policy>`. */
  readonly policy: string
  readonly kind: "event" | "timer"
  /** The subject of the event's log, or the key of the timer. */
  readonly of: string
  /** The sequence of the event in the log, or of the timer that has fired. */
  readonly at: number
}

/** Parked work, and why it is parked. */
export interface ParkedWork extends ParkedPlace {
  /** The types of the events, or the command of the timer. */
  readonly what: string
  readonly reason: string
  /** Whether it has not been tried, because earlier work of the same actor is parked. */
  readonly behind: boolean
  readonly attempts: number
  /** When it first failed, and when it was parked, in milliseconds since 1970. */
  readonly sinceMs: number
  readonly parkedMs: number
  /** The ids of the commands that were answered before; a retry does not send them. */
  readonly done: readonly string[]
  /** The ask of a timer, as text. */
  readonly ask?: string
  /** The place in its commit of the event that could not be reacted to, if that could be read. */
  readonly failed?: string
  /** What its commands' ids end with, where they were to be done again. */
  readonly again?: string
  /** Whether what the policy asks when it gives up was asked. */
  readonly followed?: boolean
}

/**
 * That an actor has rejected a command of a policy. It is kept until what follows from it is done
 * for good, so that the command is not asked again, and perhaps accepted, after that.
 */
export interface NotedRejection {
  readonly type: string
  readonly data: unknown
  /** When, in milliseconds since 1970. */
  readonly atMs: number
}

/** Keeps parked work. Its methods reject with `Unavailable` when the store cannot be reached. */
export interface Parking {
  /** Keeps work, and replaces what was kept at its place. */
  readonly park: (work: ParkedWork) => Promise<void>
  /** Forgets the work at a place, if there is any. */
  readonly unpark: (place: ParkedPlace) => Promise<void>
  /** Forgets the work, and records for good who discarded it. */
  readonly discard: (work: ParkedWork, by: string) => Promise<void>
  /** All places of the policies of a context, those of one actor in order. */
  readonly places: (context: string) => Promise<readonly ParkedPlace[]>
  readonly read: (place: ParkedPlace) => Promise<ParkedWork | undefined>
  /** Notes that a command of a policy was rejected. */
  readonly note: (policy: string, commandId: string, rejection: NotedRejection) => Promise<void>
  readonly noted: (policy: string, commandId: string) => Promise<NotedRejection | undefined>
  readonly forget: (policy: string, commandId: string) => Promise<void>
  /** Forgets notes of a policy from before this time; at most some of them. */
  readonly forgetBefore: (policy: string, timeMs: number) => Promise<void>
}

/** What shares its order: the actor of an event, `<context>.<actor>/<id>`, or the timer's key. */
export const parkedKey = ({ kind, of }: Pick<ParkedPlace, "kind" | "of">): string => {
  if (kind === "timer") return of
  const { name, id } = parseLogSubject(of)
  return `${name}/${id}`
}

/** The place itself, without what is known of the work there. */
export const placeOf = ({ policy, kind, of, at }: ParkedPlace): ParkedPlace => {
  return { policy, kind, of, at }
}

/** The place of parked work as people read it. */
export const placeText = ({ kind, of, at }: Omit<ParkedPlace, "policy">): string =>
  kind === "timer" ? `the timer ${of}` : positionOf(of.split(".")[1] ?? "", at)

/** Orders places by what shares its order, and then by their order. */
export const inOrder = (one: ParkedPlace, other: ParkedPlace): number =>
  one.of < other.of ? -1 : one.of > other.of ? 1 : one.at - other.at
