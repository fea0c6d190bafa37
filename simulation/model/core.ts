/** What all parts of a simulated application share: time, chance, and what is watched. */
import type { Chance } from "../chance.ts"
import { mix, unit } from "../chance.ts"
import { TIMES } from "../limits.ts"
import type { Coverage } from "./coverage.ts"
import type { Schedule } from "./schedule.ts"
import type { Story } from "./story.ts"

/** What all parts share. */
export interface Core {
  readonly schedule: Schedule
  readonly chance: Chance
  readonly story: Story | undefined
  readonly coverage: Coverage | undefined
  /** Whether each handler is called twice, to name one that is not pure. */
  readonly isStrict: boolean
  /** When timers fire that wait now, in milliseconds since 1970; in no order. */
  readonly waitingTimers: () => Iterable<number>
  /** Says that something which laws may read has changed. */
  readonly changed: () => void
}

const SALT = { length: 1, timer: 2, side: 3, magnitude: 4 } as const

/** A delay about as long as some waiting timer waits, or else of any length up to a day. */
const stalled = ({ chance, schedule, waitingTimers }: Core, place: number): number => {
  const waiting = [...waitingTimers()]
  const pick = chance.at(mix(place, SALT.timer))
  const chosen = waiting[pick % (waiting.length + 1)]
  if (chosen === undefined) {
    const exponent = unit(chance.at(mix(place, SALT.magnitude)))
    return Math.round(1_000 * (TIMES.longest / 1_000) ** exponent)
  }
  const side = chance.at(mix(place, SALT.side)) % 5 - 2
  return Math.max(TIMES.usual, chosen - schedule.now + side)
}

/** How long something takes on its way, in milliseconds. It stalls `stalls` times as often. */
export const latency = (core: Core, place: number, stalls = 1): number => {
  const { chance } = core
  if (chance.strikes("stall", place, stalls)) return stalled(core, place)
  if (!chance.strikes("delay", place)) return TIMES.usual
  const exponent = unit(chance.at(mix(place, SALT.length)))
  return Math.round(2 ** (exponent * 13))
}
