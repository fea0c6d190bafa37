/** The manifest of a backup: its contents, and a checksum of each file. */
import { Schema } from "effect"
import { schemaCodec } from "../../contracts/internal.ts"
import { streamName, timerStreamName } from "../../wire/internal.ts"
import { SettingsSchema, StateSchema } from "./jetstream-request.ts"

/** The format that this version writes. It reads no other. */
export const FORMAT = 1

/** The file of the manifest, and the file with its checksum in the format of `sha256sum`. */
export const MANIFEST = { file: "backup.json", checksum: "backup.json.sha256" } as const

/** The largest manifest that is read, in bytes. */
export const MANIFEST_BYTES = 16_777_216

/**
 * The streams of a context that are backed up: its log, and the timers of its policies. Snapshots
 * are left out: they are a cache, and a snapshot newer than the log would be wrong.
 */
export const KINDS = { log: streamName, timers: timerStreamName } as const

/** One kind of stream in a backup. */
export type Kind = keyof typeof KINDS

const FileSchema = Schema.Struct({
  /** The path within the backup's folder, with `/` as separator. */
  path: Schema.String,
  bytes: Schema.Int,
  sha256: Schema.String,
})

const StreamSchema = Schema.Struct({
  name: Schema.String,
  context: Schema.String,
  kind: Schema.Literals(["log", "timers"]),
  /** The settings of the stream when it was backed up. */
  settings: SettingsSchema,
  state: StateSchema,
  /** The names of its durable consumers. */
  consumers: Schema.Array(Schema.String),
  files: Schema.Array(FileSchema),
})

const ManifestSchema = Schema.Struct({
  format: Schema.Int,
  /** The name of the application. */
  application: Schema.String,
  /** When the backup was made, as ISO 8601. */
  made: Schema.String,
  /** Whether no stream was written to while the backup was made. */
  oneMoment: Schema.Boolean,
  streams: Schema.Array(StreamSchema),
})

/** A file of a backup. */
export type BackupFile = typeof FileSchema.Type

/** A stream of a backup. */
export type BackupStream = typeof StreamSchema.Type

/** The manifest as a value. */
export type Manifest = typeof ManifestSchema.Type

const codec = schemaCodec(ManifestSchema, "the manifest of a backup")
const formatCodec = schemaCodec(
  Schema.StructWithRest(Schema.Struct({ format: Schema.Int }), [SettingsSchema]),
  "the manifest of a backup",
)

/** The files of a stream within the backup's folder. The names are those of the `nats` tool. */
export const filesOf = (stream: string) => ({
  about: `${stream}/backup.json`,
  data: `${stream}/stream.tar.s2`,
})

/** The text of a manifest. */
export const manifestText = (manifest: Manifest): string =>
  `${JSON.stringify(codec.encode(manifest), undefined, 2)}\n`

const checkStream = ({ name, context, kind, files }: BackupStream): void => {
  if (name !== KINDS[kind](context)) {
    throw new Error(`${name} is not the name of the ${kind} of ${context}`)
  }
  const [listed, wanted] = [files.map(({ path }) => path), Object.values(filesOf(name))]
  if (listed.toSorted().join() !== wanted.toSorted().join()) {
    throw new Error(`the files of ${name} are ${listed.join(", ")} and not ${wanted.join(", ")}`)
  }
}

/** Reads a manifest. Throws when the text is no manifest, or one of an unknown format. */
export const parseManifest = (text: string): Manifest => {
  const value: unknown = JSON.parse(text)
  const { format } = formatCodec.decode(value)
  if (format !== FORMAT) {
    throw new Error(`it is of format ${format}, and this version reads ${FORMAT} only`)
  }
  const manifest = codec.decode(value)
  manifest.streams.forEach(checkStream)
  if (new Set(manifest.streams.map(({ name }) => name)).size < manifest.streams.length) {
    throw new Error("it lists a stream twice")
  }
  return manifest
}

/**
 * Throws, and names the difference, unless a backup holds exactly the streams of this application.
 */
export const checkApplication = (
  { application, streams }: Manifest,
  app: { readonly name: string; readonly contexts: readonly string[] },
): void => {
  if (application !== app.name) {
    throw new Error(`it is of the application ${application}, and this one is ${app.name}`)
  }
  const has = streams.map(({ name }) => name)
  const wants = app.contexts.flatMap((context) =>
    Object.values(KINDS).map((nameOf) => nameOf(context))
  )
  const lacking = wants.filter((name) => !has.includes(name))
  const foreign = has.filter((name) => !wants.includes(name))
  const advice = "restore it with the version of the application that it is of, and upgrade then"
  if (lacking.length > 0) throw new Error(`it has no ${lacking.join(", ")}: ${advice}`)
  if (foreign.length > 0) {
    throw new Error(`it has ${foreign.join(", ")}, which this application does not know: ${advice}`)
  }
}
