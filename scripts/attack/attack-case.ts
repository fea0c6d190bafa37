/** An attack: one thing that a stranger does, and what must come of it. */
import type { Random } from "../chaos/random.ts"
import type { GuardedShop } from "./guarded-shop.ts"
import type { Victim } from "./victim.ts"

/** What an attack finds, and what it may use. */
export interface Scene {
  readonly victim: Victim
  readonly random: Random
  /** A name that no other attack of this run uses: safe as an id. */
  readonly fresh: (prefix?: string) => string
  /** A shop on a nats-server that lets nobody in without a password; started when first asked. */
  readonly guarded: () => Promise<GuardedShop>
}

/** One attack. */
export interface Attack {
  /** What is done, in a few words; unique within its class. */
  readonly name: string
  /** What must come of it, in a few words. */
  readonly expected: string
  /**
   * Does it. Resolves to undefined when all was as expected, and otherwise to what came instead.
   * A rejection counts as not as expected.
   */
  readonly run: (scene: Scene) => Promise<string | undefined>
  /** How long it may take, in milliseconds; 20 s unless told. */
  readonly limitMs?: number
  /** Whether it is one hostile request, whose cost to the event loop has a bound. */
  readonly isOneRequest?: boolean
  /** Whether others may be tried at the same time; so may all that are one request. */
  readonly isIndependent?: boolean
  /** Whether it needs the guarded shop, which is started before the attack's time begins. */
  readonly isGuarded?: boolean
  /** Whether the short run leaves it out. */
  readonly isLong?: boolean
}

/** Attacks of one kind. */
export interface AttackClass {
  /** Lower case with dashes, as `--only` takes it. */
  readonly name: string
  readonly attacks: (random: Random) => readonly Attack[]
  /** Whether the shop is of no use to others after it. */
  readonly spoils?: boolean
  /** How many cases a short run tries; 15 unless told. */
  readonly sample?: number
}

/** What one hostile request may take of a node's event loop, in milliseconds. */
export const REQUEST_LOOP_MS = 50

/** How long an attack may take when it does not say, in milliseconds. */
export const ATTACK_LIMIT_MS = 20_000
