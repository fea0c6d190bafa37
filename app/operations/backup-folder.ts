/** The folder of a backup: written whole or not at all, and refused when it has changed. */
import { createHash } from "node:crypto"
import { createReadStream } from "node:fs"
import {
  type FileHandle,
  lstat,
  mkdir,
  mkdtemp,
  open,
  readdir,
  readFile,
  rename,
  rm,
} from "node:fs/promises"
import { dirname, join, resolve } from "node:path"
import {
  type BackupFile,
  MANIFEST,
  type Manifest,
  MANIFEST_BYTES,
  manifestText,
  parseManifest,
} from "./backup-manifest.ts"
import { encodeText } from "../../wire/internal.ts"
import { messageOf } from "../../contracts/internal.ts"

const PART_BYTES = 131_072

/** Flushes a file or folder to disk, so that a power cut loses nothing. */
const syncPath = async (path: string): Promise<void> => {
  const handle = await open(path, "r")
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}

/** A file that is written part by part. Its size and checksum are known at the end. */
export class Draft {
  readonly #path: string
  readonly #file: FileHandle
  readonly #hash = createHash("sha256")
  #bytes = 0

  private constructor(path: string, file: FileHandle) {
    this.#path = path
    this.#file = file
  }

  /** Creates a file in the folder of a backup. */
  static async begin(folder: string, path: string): Promise<Draft> {
    await mkdir(dirname(join(folder, path)), { recursive: true, mode: 0o700 })
    return new Draft(path, await open(join(folder, path), "wx", 0o600))
  }

  /** Writes all of a part. Rejects when the disk is full. */
  write = async (part: Uint8Array): Promise<void> => {
    await this.#file.writeFile(part)
    this.#hash.update(part)
    this.#bytes += part.length
  }

  /** Flushes the file to disk, closes it and describes it. */
  async end(): Promise<BackupFile> {
    await this.#file.sync()
    await this.#file.close()
    return { path: this.#path, bytes: this.#bytes, sha256: this.#hash.digest("hex") }
  }

  /** Closes an unfinished file. */
  async abandon(): Promise<void> {
    await this.#file.close().catch(() => {})
  }
}

/** Writes a whole file. */
export const writeWhole = async (
  folder: string,
  path: string,
  text: string,
): Promise<BackupFile> => {
  const draft = await Draft.begin(folder, path)
  try {
    await draft.write(encodeText(text))
    return await draft.end()
  } finally {
    await draft.abandon()
  }
}

const isTaken = async (folder: string): Promise<boolean> => {
  const found = await lstat(folder).catch(() => undefined)
  if (found === undefined) return false
  return !found.isDirectory() || (await readdir(folder)).length > 0
}

/**
 * Creates the folder of a backup, which only its owner can read. `fill` writes into a draft folder
 * and returns the manifest. Once everything is on disk, the draft is renamed. When `fill` rejects,
 * or the folder already holds something, this rejects too and leaves nothing behind.
 */
export const writeFolder = async (
  given: string,
  fill: (draft: string) => Promise<Manifest>,
): Promise<Manifest> => {
  const folder = resolve(given)
  if (await isTaken(folder)) {
    throw new Error(`there is something in ${given} already: a backup is never written over it`)
  }
  await mkdir(dirname(folder), { recursive: true, mode: 0o700 })
  const draft = await mkdtemp(`${folder}.draft-`)
  try {
    const manifest = await fill(draft)
    const { sha256 } = await writeWhole(draft, MANIFEST.file, manifestText(manifest))
    await writeWhole(draft, MANIFEST.checksum, `${sha256}  ${MANIFEST.file}\n`)
    for (const { name } of manifest.streams) await syncPath(join(draft, name))
    await syncPath(draft)
    await rename(draft, folder)
    await syncPath(dirname(folder))
    return manifest
  } finally {
    await rm(draft, { recursive: true, force: true })
  }
}

/** Reads a plain file of at most `limit` bytes. Refuses links, which could lead anywhere. */
const readPlain = async (folder: string, path: string, limit: number): Promise<string> => {
  const found = await lstat(join(folder, path))
  if (!found.isFile()) throw new Error(`${path} is not a plain file`)
  if (found.size > limit) throw new Error(`${path} has more than ${limit} bytes`)
  return await readFile(join(folder, path), "utf8")
}

/** The bytes of a plain file. */
async function* bytesOf(folder: string, path: string): AsyncGenerator<Uint8Array> {
  if (!(await lstat(join(folder, path))).isFile()) throw new Error(`${path} is not a plain file`)
  yield* createReadStream(join(folder, path), { highWaterMark: PART_BYTES })
}

/** A file's bytes, part by part. Throws at the end when they differ from those of the backup. */
export async function* partsOf(
  folder: string,
  { path, bytes, sha256 }: BackupFile,
): AsyncGenerator<Uint8Array> {
  const hash = createHash("sha256")
  let count = 0
  for await (const part of bytesOf(folder, path)) {
    hash.update(part)
    count += part.length
    if (count > bytes) throw new Error(`${path} has more than its ${bytes} bytes`)
    yield part
  }
  if (count < bytes) throw new Error(`${path} has only ${count} of its ${bytes} bytes`)
  if (hash.digest("hex") !== sha256) throw new Error(`${path} was changed: its checksum differs`)
}

/** Describes a file as it is now. */
export const describeFile = async (folder: string, path: string): Promise<BackupFile> => {
  const hash = createHash("sha256")
  let bytes = 0
  for await (const part of bytesOf(folder, path)) {
    hash.update(part)
    bytes += part.length
  }
  return { path, bytes, sha256: hash.digest("hex") }
}

/** A backup whose files are all as they were written. */
export interface CheckedBackup {
  readonly folder: string
  /** Identifies the backup: the checksum of its manifest. */
  readonly id: string
  readonly manifest: Manifest
}

/**
 * Reads a whole backup and compares it with its manifest. Throws an error that names the first
 * difference. Asks no server.
 */
export const checkFolder = async (folder: string): Promise<CheckedBackup> => {
  try {
    const text = await readPlain(folder, MANIFEST.file, MANIFEST_BYTES)
    const id = createHash("sha256").update(text).digest("hex")
    const written = await readPlain(folder, MANIFEST.checksum, 1_024)
    if (written.trim() !== `${id}  ${MANIFEST.file}`) {
      throw new Error(`${MANIFEST.file} was changed: its checksum differs`)
    }
    const manifest = parseManifest(text)
    for (const file of manifest.streams.flatMap(({ files }) => files)) {
      for await (const _ of partsOf(folder, file));
    }
    return { folder, id, manifest }
  } catch (error) {
    throw new Error(`the backup in ${folder} cannot be used: ${messageOf(error)}`, { cause: error })
  }
}

/** Whether a backup has a manifest. Earlier versions wrote neither a manifest nor checksums. */
export const hasManifest = (folder: string): Promise<boolean> =>
  lstat(join(folder, MANIFEST.file)).then(() => true, () => false)
