/** An announcement: how far a lane is and what changed, told to whoever listens. It may be lost. */
import {
  decode,
  encode,
  isMap,
  limited,
  progressSubject,
  reportWarning,
  type Serving,
  type Wire,
} from "../../wire/internal.ts"
import { Malformed, type Positions, SLICES } from "../../contracts/internal.ts"
import type { Generation, GenerationState } from "../store/generation.ts"
import { type Lane, owns } from "../store/lane.ts"
import { ANNOUNCED_CHARACTERS, ANNOUNCED_KEYS, STRANGE_ANNOUNCEMENTS_LOGGED } from "../limits.ts"

/** What is told of a lane, as JSON on `view.<projection>`. */
export interface ViewAnnouncement {
  /** The number of the generation that the lane is of. */
  readonly generation: number
  readonly version: string
  readonly state: GenerationState
  readonly lane: number
  /** How many lanes the generation has. */
  readonly lanes: number
  readonly revision: number
  readonly positions: Positions
  /** The keys of the rows that have changed, if these are not many. */
  readonly keys?: readonly string[]
  /** There when more rows have changed than are named. */
  readonly many?: true
}

/** Whether these keys are few, and short enough for one message. */
const isShort = (keys: readonly string[]): boolean =>
  keys.length <= ANNOUNCED_KEYS &&
  keys.reduce((sum, { length }) => sum + length, 0) <= ANNOUNCED_CHARACTERS

/**
 * Tells how far a lane is and which rows have changed, all of them perhaps if these are not known.
 * What is told must be in the store already.
 */
export const announce = (
  wire: Pick<Wire, "publish">,
  generation: Pick<Generation, "projection" | "number" | "version" | "state">,
  lanes: number,
  { lane, revision, positions }: Pick<Lane, "lane" | "revision" | "positions">,
  changed: readonly string[] | undefined,
): void => {
  const { projection, number, version, state } = generation
  const announcement: ViewAnnouncement = {
    generation: number,
    version,
    state,
    lane,
    lanes,
    revision,
    positions,
    ...(changed && isShort(changed) ? { keys: changed } : { many: true }),
  }
  wire.publish(progressSubject(projection), encode("json", announcement))
}

/**
 * Tells which rows somebody has written while lanes were held, that is beside the worker; `lanes`
 * is how many the generation has, and those that were held are as they are now.
 */
export const announceWritten = (
  wire: Pick<Wire, "publish">,
  generation: Pick<Generation, "projection" | "number" | "version" | "state">,
  lanes: number,
  held: readonly Lane[],
  keys: readonly string[],
): void => {
  for (const lane of held) {
    const own = keys.filter((key) => owns(lane, key))
    if (own.length === 0) continue
    announce(wire, generation, lanes, lane, own)
  }
}

const isCount = (value: unknown): value is number =>
  typeof value === "number" && Number.isSafeInteger(value) && value >= 0

const isAnnouncement = (said: unknown): said is ViewAnnouncement =>
  isMap(said) && isCount(said.generation) && isCount(said.lane) && isCount(said.lanes) &&
  said.lane < said.lanes && said.lanes <= SLICES && isCount(said.revision) &&
  typeof said.version === "string" && typeof said.state === "string" &&
  isMap(said.positions) && Object.values(said.positions).every(isCount) &&
  (said.keys === undefined ||
    Array.isArray(said.keys) && said.keys.every((key) => typeof key === "string"))

/** Reads an announcement. Throws `Malformed` for bytes that are none. */
export const announcementOf = (payload: Uint8Array): ViewAnnouncement => {
  const said = decode("json", payload)
  if (isAnnouncement(said)) return said
  throw new Malformed({ message: "it does not say how far which lane is" })
}

/**
 * Hears what is announced of a view, until it is closed. What is no announcement is left out, and
 * told in the log now and then.
 */
export const hearAnnouncements = (
  wire: Pick<Wire, "serve">,
  projection: string,
  heard: (announcement: ViewAnnouncement) => void,
): Serving => {
  const warn = limited(reportWarning, STRANGE_ANNOUNCEMENTS_LOGGED)
  return wire.serve(progressSubject(projection), ({ payload }) => {
    let announcement: ViewAnnouncement
    try {
      announcement = announcementOf(payload)
    } catch (error) {
      return warn(`what was announced of ${projection} is not taken: ${error}`)
    }
    heard(announcement)
  })
}
