/** Checks of a restored stream: it must match its backup and the settings of the application. */
import { jetstreamManager } from "@nats-io/jetstream"
import {
  dueTimersSubject,
  durableName,
  jetStreamOptions,
  logsSubject,
  type Names,
  type NatsWire,
  pause,
  policySubscription,
  TIMER_CONSUMER,
  timersSubject,
} from "../../wire/internal.ts"
import type { AppDefinition } from "../app.ts"
import type { BackupStream } from "./backup-manifest.ts"
import type { StreamSettings, StreamState } from "./jetstream-request.ts"

const COUNTS = ["messages", "bytes", "first_seq", "last_seq", "num_deleted"] as const

/** Throws, and names the difference, unless a stream holds as much as its backup. */
export const checkState = ({ name, state }: BackupStream, now: StreamState): void => {
  for (const count of COUNTS) {
    const [has, wants] = [now[count] ?? 0, state[count] ?? 0]
    // An empty stream may count its next message as the first, or none.
    if (has === wants || (count === "first_seq" && state.messages === 0)) continue
    throw new Error(`${name} has ${count} ${has} after its restore, and ${wants} in the backup`)
  }
}

/** Throws for a backup whose messages have other subjects: it is of another prefix. */
export const checkPrefix = (
  { names }: Pick<Manager, "names">,
  { name, kind, context, settings }: BackupStream,
): void => {
  const own = kind === "log" ? logsSubject(context) : timersSubject(context)
  const [is] = Array.isArray(settings.subjects) ? settings.subjects : []
  const isOfOther = is !== names.subject(own) && (is === own || String(is).endsWith(`.${own}`))
  if (!isOfOther) return
  throw new Error(
    `${name} was backed up with the subjects ${is}, and here they are ${names.subject(own)}: set ` +
      "LEFTFOLD_PREFIX as it was then",
  )
}

/** Whether a setting has a value that means "not set". */
const isUnset = (value: unknown): boolean =>
  [undefined, null, false, "", 0, -1].includes(value as number) ||
  (typeof value === "object" && value !== null && Object.keys(value).length === 0)

/** The settings that may differ from one server to another. */
const PLACE = ["name", "description", "num_replicas", "compression", "placement", "metadata"]

/** The settings of a backup that its restore does not keep, because the application has others. */
export const foreignSettings = (
  settings: StreamSettings,
  wanted: Readonly<Record<string, unknown>>,
): string[] =>
  [...new Set([...Object.keys(settings), ...Object.keys(wanted)])]
    .filter((setting) => !PLACE.includes(setting))
    .filter((setting) => {
      const [is, wants] = [settings[setting], wanted[setting]]
      return !(isUnset(is) && isUnset(wants)) && JSON.stringify(is) !== JSON.stringify(wants)
    })

/** A manager of JetStream, and how streams and subjects are called there. */
type Manager = Awaited<ReturnType<typeof jetstreamManager>> & { readonly names: Names }

/** How long to wait for a restored stream's consumers, in milliseconds. */
const CONSUMERS_MS = 10_000
const PAUSE_MS = 100
/** How long the servers have to agree on a count, in milliseconds. */
const COUNTING_MS = 5_000
const COUNTED_NS = 30_000_000_000

/** How many messages of a log have a subject of its context, counted with a temporary consumer. */
const countedOf = async ({ consumers, names }: Manager, stream: BackupStream) => {
  const { context, state } = stream
  const name = names.stream(stream.name)
  const config = {
    filter_subject: names.subject(logsSubject(context)),
    ack_policy: "none",
    mem_storage: true,
    inactive_threshold: COUNTED_NS,
  } as Parameters<typeof consumers.add>[1]
  const { name: consumer } = await consumers.add(name, config)
  const until = Date.now() + COUNTING_MS
  for (;;) {
    const { num_pending, cluster } = await consumers.info(name, consumer)
    // The servers of a cluster go on counting for a while after the consumer is made.
    if (num_pending === state.messages || !cluster?.name || Date.now() > until) {
      await consumers.delete(name, consumer)
      return num_pending
    }
    await pause(PAUSE_MS)
  }
}

/** The subjects in a stream of timers that are not of its context. A page holds all timers. */
const strangersOf = async ({ streams, names }: Manager, { name, context }: BackupStream) => {
  const { state } = await streams.info(names.stream(name), { subjects_filter: ">" })
  const own = names.subject(timersSubject(context)).slice(0, -1)
  return Object.keys(state.subjects ?? {}).filter((subject) => !subject.startsWith(own))
}

/** Throws if a stream holds messages of another one, such as after files were swapped. */
export const checkSubjects = async (manager: Manager, stream: BackupStream): Promise<void> => {
  const { name, kind, state: { messages } } = stream
  if (kind === "log") {
    const own = await countedOf(manager, stream)
    if (own === messages) return
    throw new Error(`${messages - own} of ${messages} messages in ${name} are of another stream`)
  }
  const [stranger] = await strangersOf(manager, stream)
  if (stranger === undefined) return
  throw new Error(`${name} holds ${stranger}, which is of another stream`)
}

/** The durable consumers that the application has on a stream, with the subjects they read. */
const ownConsumers = (app: AppDefinition, { kind, context }: BackupStream) => {
  if (kind === "timers") return new Map([[TIMER_CONSUMER, dueTimersSubject(context)]])
  const readers = app.policies.filter(({ from }) => from.some((each) => each.context === context))
  return new Map(
    readers.map(({ identity }) => {
      return [durableName(policySubscription(identity)), logsSubject(context)]
    }),
  )
}

/** The consumers of a stream. A cluster makes them after the stream, so this waits for them. */
const restoredConsumers = async ({ consumers, names: of }: Manager, stream: BackupStream) => {
  const until = Date.now() + CONSUMERS_MS
  for (;;) {
    const all = []
    for await (const info of consumers.list(of.stream(stream.name))) all.push(info)
    const names = new Set(all.map(({ name }) => name))
    if (stream.consumers.every((name) => names.has(name)) || Date.now() > until) return all
    await pause(PAUSE_MS)
  }
}

/**
 * Removes the consumers that the application does not have, such as that of a removed policy;
 * resolves to the names of the durable ones. Throws when a consumer of the application is missing
 * or has other settings.
 */
export const checkConsumers = async (
  manager: Manager,
  app: AppDefinition,
  stream: BackupStream,
): Promise<string[]> => {
  const { consumers, names: of } = manager
  const own = ownConsumers(app, stream)
  const all = await restoredConsumers(manager, stream)
  const taken: string[] = []
  for (const { name, config } of all) {
    const filter = own.get(name)
    if (filter === undefined) {
      await consumers.delete(of.stream(stream.name), name)
      if (config.durable_name) taken.push(name)
      continue
    }
    const { filter_subject, ack_policy, deliver_subject, headers_only } = config
    if (
      filter_subject === of.subject(filter) && ack_policy === "explicit" && !deliver_subject &&
      !headers_only
    ) {
      continue
    }
    throw new Error(`the consumer ${name} of ${stream.name} is not as the application makes it`)
  }
  const names = new Set(all.map(({ name }) => name))
  const lacking = stream.consumers.find((name) => own.has(name) && !names.has(name))
  if (lacking === undefined) return taken
  throw new Error(`the consumer ${lacking} of ${stream.name} is missing after its restore`)
}

/** Resolves once every server that keeps a stream has all of it. Rejects when the signal aborts. */
export const untilKept = async (
  { streams, names }: Manager,
  name: string,
  signal?: AbortSignal,
): Promise<void> => {
  for (;;) {
    signal?.throwIfAborted()
    const { config, cluster } = await streams.info(names.stream(name))
    const others = cluster?.replicas ?? []
    const current = others.filter(({ current, lag = 0 }) => current && lag === 0)
    if (config.num_replicas === 1 || current.length >= config.num_replicas - 1) return
    await pause(PAUSE_MS)
  }
}

/** A manager of JetStream on this wire. */
export const managerOf = async (wire: NatsWire): Promise<Manager> => {
  const manager = await jetstreamManager(wire.connection, jetStreamOptions(wire))
  return Object.assign(manager, { names: wire.names })
}
