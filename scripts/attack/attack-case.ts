/** An attack: an action of a stranger, and the outcome that it must have. */
import type { Random } from "../../app/development/chaos/random.ts"
import type { GuardedShop } from "./guarded-shop.ts"
import type { Victim } from "./victim.ts"

/** Everything that an attack can use. */
export interface Scene {
  readonly victim: Victim
  readonly random: Random
  /** A name that no other attack of this run uses. It is valid as an id. */
  readonly fresh: (prefix?: string) => string
  /** A shop whose nats-server requires a password. It is started at the first call. */
  readonly guarded: () => Promise<GuardedShop>
}

/** One attack. */
export interface Attack {
  /** The action in a few words; unique within its class. */
  readonly name: string
  /** The required outcome in a few words. */
  readonly expected: string
  /**
   * Attacks. Resolves to undefined after the expected outcome, and otherwise to the actual one. A
   * rejection counts as an unexpected outcome.
   */
  readonly run: (scene: Scene) => Promise<string | undefined>
  /** Its time limit in milliseconds; 20 s by default. */
  readonly limitMs?: number
  /** Whether it is one hostile request, whose time on the event loop has a limit. */
  readonly isOneRequest?: boolean
  /** Whether others may run at the same time. Attacks of one request always may. */
  readonly isIndependent?: boolean
  /** Whether it needs the guarded shop, which is started before the attack's time begins. */
  readonly isGuarded?: boolean
  /** Whether a short run leaves it out. */
  readonly isLong?: boolean
}

/** Attacks of one kind. */
export interface AttackClass {
  /** Its name in lower case with dashes, for `--only`. */
  readonly name: string
  readonly attacks: (random: Random) => readonly Attack[]
  /** Whether other classes cannot use the shop after it. */
  readonly spoils?: boolean
  /** How many attacks a short run tries; 15 by default. */
  readonly sample?: number
}

/** How long one hostile request may hold a node's event loop, in milliseconds. */
export const REQUEST_LOOP_MS = 50

/** The default time limit of an attack, in milliseconds. */
export const ATTACK_LIMIT_MS = 20_000
