/** An attack: one thing that a stranger does, and the outcome that it must have. */
import type { Random } from "../chaos/random.ts"
import type { GuardedShop } from "./guarded-shop.ts"
import type { Victim } from "./victim.ts"

/** What an attack can use. */
export interface Scene {
  readonly victim: Victim
  readonly random: Random
  /** A name that no other attack of this run uses: safe as an id. */
  readonly fresh: (prefix?: string) => string
  /** A shop whose nats-server lets nobody in without a password; started at the first call. */
  readonly guarded: () => Promise<GuardedShop>
}

/** One attack. */
export interface Attack {
  /** What is done, in a few words; unique within its class. */
  readonly name: string
  /** The outcome that it must have, in a few words. */
  readonly expected: string
  /**
   * Attacks. Resolves to undefined after the expected outcome, and otherwise to the actual one. A
   * rejection counts as an unexpected outcome.
   */
  readonly run: (scene: Scene) => Promise<string | undefined>
  /** How long it may take, in milliseconds; 20 s unless told. */
  readonly limitMs?: number
  /** Whether it is one hostile request, whose cost to the event loop has a bound. */
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
  /** Lower case with dashes, as `--only` takes it. */
  readonly name: string
  readonly attacks: (random: Random) => readonly Attack[]
  /** Whether other classes cannot use the shop after it. */
  readonly spoils?: boolean
  /** How many cases a short run tries; 15 unless told. */
  readonly sample?: number
}

/** How long one hostile request may hold a node's event loop, in milliseconds. */
export const REQUEST_LOOP_MS = 50

/** How long an attack may take when it does not say, in milliseconds. */
export const ATTACK_LIMIT_MS = 20_000
