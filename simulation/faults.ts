/** Faults: what can go wrong around handlers, and how often a simulation lets it. */

/**
 * How often each fault strikes where it can, from 0 to 1. A run multiplies each rate by a factor of
 * its own, so that some runs have many faults of one kind and none of another.
 */
export interface Faults {
  /** A message is late: it arrives after messages that were sent later. */
  readonly delay: number
  /** A message is so late that it arrives about when a timer fires, or hours later. */
  readonly stall: number
  /** A message arrives twice. */
  readonly repeat: number
  /** A request or its answer is lost; the sender tries again with the same command id. */
  readonly lose: number
  /** A caller gives up and asks the same again, with another command id. */
  readonly giveUp: number
  /** Several commands are decided one after another and stored in one commit. */
  readonly gather: number
  /** A commit is not stored: its commands are decided again, on a newer state. */
  readonly redecide: number
  /** An actor is dropped from memory and folded again from its log. */
  readonly sleep: number
  /** A policy stops before, between or after its asks, and handles the event again. */
  readonly crash: number
  /** A policy handles an event again that it had already finished, after later ones. */
  readonly redeliver: number
  /** After a policy has stopped, an actor's later events overtake the one that comes again. */
  readonly overtake: number
  /** A lane of a view stands still for a while, and is read as it is. */
  readonly lag: number
  /** An actor has forgotten a caller's command that is older than its contract remembers ids. */
  readonly forget: number
  /** The older version of the application does it, if the simulation has one. */
  readonly older: number
  /** A policy with `onParked` gives up an event, which an operator retries or discards later. */
  readonly park: number
}

/** The name of a fault. */
export type FaultName = keyof Faults

/** The rates of a simulation that sets no others. */
const FAULTS: Faults = {
  delay: 0.3,
  stall: 0.03,
  repeat: 0.04,
  lose: 0.04,
  giveUp: 0.05,
  gather: 0.15,
  redecide: 0.05,
  sleep: 0.05,
  crash: 0.05,
  redeliver: 0.04,
  overtake: 0.5,
  lag: 0.1,
  // The window holds at least 128 commands of an actor, which a run does not reach by itself.
  forget: 0,
  older: 0.5,
  park: 0.03,
}

/** The names of all faults. */
export const FAULT_NAMES = Object.keys(FAULTS) as readonly FaultName[]

/** All rates, with those that are given. Throws `TypeError` for an unknown name or a wrong rate. */
export const faultsOf = (given: Partial<Faults> = {}): Faults => {
  for (const [name, rate] of Object.entries(given)) {
    if (!Object.hasOwn(FAULTS, name)) {
      throw new TypeError(`there is no fault "${name}"; there are: ${FAULT_NAMES.join(", ")}`)
    }
    if (typeof rate !== "number" || !(rate >= 0 && rate <= 1)) {
      throw new TypeError(`the rate of the fault "${name}" must be from 0 to 1, not ${rate}`)
    }
  }
  return { ...FAULTS, ...given }
}
