/**
 * Makes the streams that hold logs, snapshots, timers and nodes. Repeating it changes nothing. It
 * stops at streams of others under our names, and at logs that were lost.
 */
import { setTimeout as pause } from "node:timers/promises"
import { JetStreamApiError, jetstreamManager } from "@nats-io/jetstream"
import { TimeoutError } from "nats"
import {
  JETSTREAM_ERROR,
  jetStreamOptions,
  type Names,
  type NatsWire,
  reportWarning,
  snapshotStreamName,
  streamName,
  timerStreamName,
} from "../../wire/internal.ts"
import { messageOf } from "../../contracts/internal.ts"
import { JETSTREAM } from "../limits.ts"
import { StartProblem } from "../start-problem.ts"
import { type Evidence, lostLog } from "./lost-log.ts"
import { checkNoMark } from "./restore-mark.ts"
import { type StreamOptions, wantedStreams } from "./stream-settings-nats.ts"

type Settings = Readonly<Record<string, unknown>>

type Streams = Awaited<ReturnType<typeof jetstreamManager>>["streams"]

/** How streams are made. */
export interface ProvisionOptions extends StreamOptions {
  /** What knows how far the log of a context was, other than NATS itself. */
  readonly known?: (context: string) => Promise<Evidence | undefined>
  /** The contexts whose logs begin again, although more is known of them. */
  readonly beginAgain?: readonly string[]
}

/** A stream as the server has it. */
interface Existing {
  readonly settings: Settings
  readonly last: number
}

/**
 * A stream; undefined when the stream does not exist. Rejects with
 * `UnfinishedRestore` when a restore has begun the stream and has not ended.
 */
const existing = async (streams: Streams, name: string): Promise<Existing | undefined> => {
  try {
    const { config, state } = await streams.info(name)
    const settings = config as unknown as Settings
    checkNoMark(name, settings)
    return { settings, last: state.last_seq }
  } catch (error) {
    if (error instanceof JetStreamApiError && error.code === JETSTREAM_ERROR.noStream) {
      return undefined
    }
    throw error
  }
}

/**
 * Whether a cluster that is only just forming refuses so: its leader may not listen yet, or may not
 * have heard of the other servers.
 */
const isForming = (error: unknown): boolean =>
  error instanceof TimeoutError ||
  error instanceof JetStreamApiError && error.code === JETSTREAM_ERROR.noPeers

/** Repeats an attempt while the cluster forms, for a limited time. */
const patiently = async <A>(stream: string, attempt: () => Promise<A>): Promise<A> => {
  const end = performance.now() + JETSTREAM.formingMs
  for (;;) {
    try {
      return await attempt()
    } catch (error) {
      if (!isForming(error)) throw error
      if (performance.now() >= end) {
        throw new StartProblem(
          `the stream ${stream} cannot be looked at or made: NATS has said ` +
            `"${messageOf(error)}" for ${JETSTREAM.formingMs / 1_000} s. Start all servers of ` +
            "the cluster, or ask for fewer replicas",
        )
      }
    }
    await pause(JETSTREAM.pauseMs)
  }
}

/** Makes a stream if it is missing; resolves to whether it was. */
const makeMissing = async (
  streams: Streams,
  wanted: ReturnType<typeof wantedStreams>[number],
): Promise<boolean> => {
  let missing = false
  await patiently(wanted.name, async () => {
    if (await existing(streams, wanted.name)) return
    missing = true
    await streams.add(wanted).catch((error) => overlapping(streams, wanted, error))
  })
  return missing
}

type Wanted = ReturnType<typeof wantedStreams>[number]

/** Rejects with the streams that take the subjects already, if that is why the server refuses. */
const overlapping = async (streams: Streams, wanted: Wanted, error: unknown): Promise<never> => {
  if (!(error instanceof JetStreamApiError) || error.code !== JETSTREAM_ERROR.overlaps) throw error
  const names = new Set<string>()
  for (const subject of wanted.subjects) {
    for await (const name of streams.names(subject)) names.add(name)
  }
  throw new StartProblem(
    `the stream ${[...names].join(", ")} takes ${wanted.subjects.join(", ")}, which the stream ` +
      `${wanted.name} needs for itself: delete that stream, or give it other subjects`,
  )
}

/** The settings without which a stream cannot be ours. */
const ESSENTIAL = ["subjects", "retention", "allow_msg_schedules", "allow_msg_ttl"] as const

/** Throws a `StartProblem` for a stream that somebody else made under the name of ours. */
const checkOurs = (wanted: Wanted, { settings }: Existing): void => {
  const ours: Settings = wanted
  for (const setting of ESSENTIAL) {
    const [is, should] = [settings[setting] ?? false, ours[setting] ?? false]
    if (JSON.stringify(is) === JSON.stringify(should)) continue
    throw new StartProblem(
      `the stream ${wanted.name} is not ours: its ${setting} is ${JSON.stringify(is)}, not ` +
        `${JSON.stringify(should)}. Use another account of NATS, rename the context, or delete it`,
    )
  }
}

/** The entry of a stream's metadata that says that an operator let it begin again. */
const BEGUN_AGAIN = "leftfold_begun_again"

const isBegunAgain = ({ settings: { metadata } }: Existing): boolean =>
  typeof metadata === "object" && metadata !== null && BEGUN_AGAIN in metadata

/** Throws a `StartProblem` for a log that is missing or ends before what is known of it. */
const checkNotLost = async (
  names: Names,
  context: string,
  found: ReadonlyMap<string, Existing>,
  { known, beginAgain = [] }: ProvisionOptions,
): Promise<void> => {
  const log = found.get(names.stream(streamName(context)))
  if (beginAgain.includes(context) || log && isBegunAgain(log)) return
  // A log is made before the other streams of its context.
  const other = [snapshotStreamName(context), timerStreamName(context)]
    .map((name) => names.stream(name))
    .find((name) => found.has(name))
  if (!log && other !== undefined) {
    throw lostLog(context, { what: `the stream ${other} is there`, sequence: 0 }, undefined)
  }
  let evidence: Evidence | undefined
  try {
    evidence = await known?.(context)
  } catch (error) {
    reportWarning(`how far views have read ${context} is not known: ${messageOf(error)}`)
  }
  if (evidence && evidence.sequence > (log?.last ?? 0)) throw lostLog(context, evidence, log?.last)
}

/** Lets a log begin again: notes that on the stream, and removes the snapshots of the old one. */
const beginAgainAt = async (streams: Streams, names: Names, context: string): Promise<void> => {
  const metadata = { [BEGUN_AGAIN]: new Date().toISOString() }
  await streams.update(names.stream(streamName(context)), { metadata })
  await streams.purge(names.stream(snapshotStreamName(context)))
}

/**
 * Makes the missing streams of each context, and the bucket of the nodes. Resolves to the names of
 * the new streams. Makes no stream and rejects with `UnfinishedRestore` while a restore is
 * unfinished, and with a `StartProblem` for a stream that is not ours or a log that was lost.
 */
export const provisionStreams = async (
  wire: NatsWire,
  contexts: readonly string[],
  options: ProvisionOptions = {},
): Promise<string[]> => {
  const { streams } = await jetstreamManager(wire.connection, jetStreamOptions(wire))
  const all = wantedStreams(contexts, options, wire.names)
  // All streams are checked before the first is made.
  const found = new Map<string, Existing>()
  for (const wanted of all) {
    const is = await patiently(wanted.name, () => existing(streams, wanted.name))
    if (!is) continue
    checkOurs(wanted, is)
    found.set(wanted.name, is)
  }
  for (const context of contexts) await checkNotLost(wire.names, context, found, options)
  const made: string[] = []
  for (const stream of all) {
    if (await makeMissing(streams, stream)) made.push(stream.name)
  }
  for (const context of options.beginAgain ?? []) await beginAgainAt(streams, wire.names, context)
  return made
}

/** A setting of a stream that differs from what the application wants. */
export interface SettingDifference {
  readonly setting: string
  readonly is: unknown
  readonly wanted: unknown
}

/** A stream, and how it differs from what the application wants. */
export interface StreamDifference {
  readonly stream: string
  readonly missing: boolean
  /** Empty for a stream that is missing. */
  readonly settings: readonly SettingDifference[]
}

const differences = (is: Settings, wanted: Settings): SettingDifference[] =>
  Object.entries(wanted).flatMap(([setting, value]) =>
    JSON.stringify(is[setting] ?? false) === JSON.stringify(value)
      ? []
      : [{ setting, is: is[setting], wanted: value }]
  )

/** The streams that are missing or have other settings than the application wants. */
export const compareStreams = async (
  wire: NatsWire,
  contexts: readonly string[],
  options: StreamOptions = {},
): Promise<StreamDifference[]> => {
  const { streams } = await jetstreamManager(wire.connection, jetStreamOptions(wire))
  const found: StreamDifference[] = []
  for (const wanted of wantedStreams(contexts, options, wire.names)) {
    const is = await existing(streams, wanted.name)
    const settings = is ? differences(is.settings, wanted) : []
    if (!is || settings.length > 0) found.push({ stream: wanted.name, missing: !is, settings })
  }
  return found
}

/** Changes streams to the settings that the application wants. Rejects if the server refuses. */
export const updateStreams = async (
  wire: NatsWire,
  all: readonly StreamDifference[],
): Promise<void> => {
  const { streams } = await jetstreamManager(wire.connection, jetStreamOptions(wire))
  for (const { stream, settings } of all) {
    const wanted = settings.map((each) => [each.setting, each.wanted])
    if (wanted.length > 0) await streams.update(stream, Object.fromEntries(wanted))
  }
}
