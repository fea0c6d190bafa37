/** The house with timers of seconds, so that a short run on real servers sees them fire. */
import { hurriedApp } from "../../../cli/chaos/hurried-app.ts"
import { house } from "../../../simulation/fixtures/house.ts"

/** The doors. */
export const IDS = ["front", "back"] as const

/** The longest that a timer waits, in milliseconds. */
const HURRY_MS = 1_000

/** The house, in which a minute is half a second. */
export const hurriedHouse = hurriedApp(house, HURRY_MS)
