/**
 * An announcement: how far a lane is and which rows changed, sent to all who listen. It can get
 * lost.
 */
import {
  decode,
  encode,
  isCount,
  isMap,
  limited,
  progressSubject,
  reportWarning,
  type Serving,
  SLICES,
  type Wire,
} from "../../wire/internal.ts"
import { Malformed, type Positions } from "../../contracts/internal.ts"
import type { Generation, GenerationState } from "../store/generation.ts"
import { type Lane, owns } from "../store/lane.ts"
import { ANNOUNCED_CHARACTERS, ANNOUNCED_KEYS, STRANGE_ANNOUNCEMENTS_LOGGED } from "../limits.ts"

/** What is announced about a lane, as JSON on `view.<projection>`. */
export interface ViewAnnouncement {
  /** The number of the lane's generation. */
  readonly generation: number
  readonly version: string
  readonly state: GenerationState
  readonly lane: number
  /** How many lanes the generation has. */
  readonly lanes: number
  readonly revision: number
  readonly positions: Positions
  /** The keys of the changed rows, if they are few. */
  readonly keys?: readonly string[]
  /** Present when more rows have changed than are named. */
  readonly many?: true
}

/** Whether these keys are few and short enough for one message. */
const isShort = (keys: readonly string[]): boolean =>
  keys.length <= ANNOUNCED_KEYS &&
  keys.reduce((sum, { length }) => sum + length, 0) <= ANNOUNCED_CHARACTERS

/**
 * Announces how far a lane is and which rows changed; without keys, all rows may have changed. The
 * store must already have saved it.
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
 * Announces rows that somebody other than the worker has written while lanes were held. `lanes` is
 * the number of the generation's lanes; the held ones are given as they are now.
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

const isAnnouncement = (said: unknown): said is ViewAnnouncement =>
  isMap(said) && isCount(said.generation) && isCount(said.lane) && isCount(said.lanes) &&
  said.lane < said.lanes && said.lanes <= SLICES && isCount(said.revision) &&
  typeof said.version === "string" && typeof said.state === "string" &&
  isMap(said.positions) && Object.values(said.positions).every(isCount) &&
  (said.keys === undefined ||
    Array.isArray(said.keys) && said.keys.every((key) => typeof key === "string"))

/** Reads an announcement. Throws `Malformed` for bytes that are no announcement. */
export const announcementOf = (payload: Uint8Array): ViewAnnouncement => {
  const said = decode("json", payload)
  if (isAnnouncement(said)) return said
  throw new Malformed({ message: "it does not name a lane and its positions" })
}

/**
 * Listens to the announcements about a view until it is closed. Other messages are left out and
 * logged at a limited rate.
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
      return warn(
        `a message on the subject of announcements of ${projection} was left out: ${error}`,
      )
    }
    heard(announcement)
  })
}
