/** The backup of an application: a folder with the logs of its contexts, and their timers. */
import { createHash } from "node:crypto"
import { readFile } from "node:fs/promises"
import { join } from "node:path"
import { Schema } from "effect"
import { messageOf, schemaCodec } from "../../contracts/internal.ts"
import type { NatsWire } from "../../wire/internal.ts"
import type { AppDefinition } from "../app.ts"
import {
  type CheckedBackup,
  checkFolder,
  describeFile,
  Draft,
  hasManifest,
  writeFolder,
  writeWhole,
} from "./backup-folder.ts"
import {
  type BackupStream,
  checkApplication,
  filesOf,
  FORMAT,
  type Kind,
  KINDS,
  type Manifest,
} from "./backup-manifest.ts"
import { backupStream, durablesOf, stateOf } from "./backup-nats.ts"
import { SettingsSchema, StateSchema } from "./jetstream-request.ts"
import { checkNoMark } from "./restore-mark.ts"

type Application = Pick<AppDefinition, "name" | "contexts">

/** Logs first: an actor notices a timer too many, but nobody notices a missing one. */
const streamsOf = ({ contexts }: Application) =>
  (Object.entries(KINDS) as [Kind, (context: string) => string][]).flatMap(([kind, nameOf]) =>
    contexts.map((context) => ({ kind, context, name: nameOf(context) }))
  )

/** The options of a backup. */
export interface BackupOptions {
  /** Aborts the backup, which then leaves nothing behind. */
  readonly signal?: AbortSignal
}

const copyStream = async (
  wire: NatsWire,
  draft: string,
  stream: { readonly kind: Kind; readonly context: string; readonly name: string },
  { signal }: BackupOptions,
): Promise<BackupStream> => {
  const { about, data } = filesOf(stream.name)
  const consumers = await durablesOf(wire, stream.name)
  const file = await Draft.begin(draft, data)
  try {
    const backedUp = await backupStream(wire, stream.name, async (part) => {
      signal?.throwIfAborted()
      await file.write(part)
    })
    checkNoMark(stream.name, backedUp.config)
    const { config: settings, state } = backedUp
    const files = [
      await file.end(),
      await writeWhole(draft, about, JSON.stringify({ config: settings, state })),
    ]
    return { ...stream, settings, state, consumers, files }
  } finally {
    await file.abandon()
  }
}

/** How many messages each stream has received since it was copied; only streams with changes. */
const writtenSince = async (wire: NatsWire, streams: readonly BackupStream[]) => {
  const came: { readonly name: string; readonly messages: number }[] = []
  for (const { name, state } of streams) {
    const now = await stateOf(wire, name)
    const messages = now.last_seq - state.last_seq
    if (messages > 0 || now.messages !== state.messages) came.push({ name, messages })
  }
  return came
}

/** The manifest of a new backup, and the streams that were written to while it was made. */
export interface MadeBackup {
  readonly manifest: Manifest
  readonly came: readonly { readonly name: string; readonly messages: number }[]
}

/**
 * Copies the streams of an application into a new folder. Rejects, and leaves nothing behind, when
 * a stream cannot be copied.
 */
export const makeBackup = async (
  wire: NatsWire,
  app: Application,
  folder: string,
  options: BackupOptions = {},
): Promise<MadeBackup> => {
  let came: MadeBackup["came"] = []
  const manifest = await writeFolder(folder, async (draft) => {
    const streams: BackupStream[] = []
    for (const stream of streamsOf(app)) {
      options.signal?.throwIfAborted()
      streams.push(await copyStream(wire, draft, stream, options))
    }
    came = await writtenSince(wire, streams)
    return {
      format: FORMAT,
      application: app.name,
      made: new Date().toISOString(),
      oneMoment: came.length === 0,
      streams,
    }
  })
  return { manifest, came }
}

const aboutCodec = schemaCodec(
  Schema.Struct({ config: SettingsSchema, state: StateSchema }),
  "the backup.json of a stream",
)

/** Describes a backup of an earlier version. It cannot show whether the files have changed. */
const describeOld = async (folder: string, app: Application): Promise<CheckedBackup> => {
  const streams: BackupStream[] = []
  const identity = createHash("sha256")
  for (const stream of streamsOf(app)) {
    const { about, data } = filesOf(stream.name)
    const text = await readFile(join(folder, about), "utf8")
    const { config: settings, state } = aboutCodec.decode(JSON.parse(text))
    const files = [await describeFile(folder, about), await describeFile(folder, data)]
    identity.update(files.map(({ sha256 }) => sha256).join())
    streams.push({ ...stream, settings, state, consumers: [], files })
  }
  const manifest = { format: 0, application: app.name, made: "", oneMoment: false, streams }
  return { folder, id: identity.digest("hex"), manifest }
}

/**
 * Checks a whole backup before anything is restored from it. Throws when a file has changed, or
 * when the backup is of another application. A backup of an earlier version has no checksums; it is
 * accepted as it is if `unchecked`.
 */
export const readBackup = async (
  folder: string,
  app: Application,
  { unchecked = false }: { readonly unchecked?: boolean } = {},
): Promise<CheckedBackup> => {
  if (unchecked && !await hasManifest(folder)) return await describeOld(folder, app)
  const backup = await checkFolder(folder)
  try {
    checkApplication(backup.manifest, app)
  } catch (error) {
    const reason = messageOf(error)
    throw new Error(`the backup in ${folder} cannot be used: ${reason}`)
  }
  return backup
}
