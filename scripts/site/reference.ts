/** The reference of the public names, made from their doc comments. */
import { readdir, readFile } from "node:fs/promises"
import { dirname, join } from "node:path"
import { runCommand } from "../../app/development/command.ts"

const TIMEOUT_MS = 300_000

/** What each module is for, as its page begins. */
const ABOUT: Readonly<Record<string, string>> = {
  "contracts": "The language of actors and queries, and the failures that every caller can get.",
  "wire": "How messages travel: a connection to NATS, a client, and one in memory for tests.",
  "client": "The client of other services. It loads neither Effect nor Hono nor Postgres.",
  "actors": "What decides: actors, and policies that send commands when an event happens.",
  "projections": "What is read: views, and the queries that read them.",
  "app": "An application: its actors, views and policies, and how it runs.",
  "development": "Servers and processes for development.",
  "simulation": "A whole application under every order of things, from one seed.",
  "testing": "Tests of a whole application.",
}

/** A tuple with a rest, such as `[T, ...T[]]`, comes from the generator as `[T, T]`. */
export const withRests = (text: string): string =>
  text.replaceAll(
    /readonly (\\?\[)([^,\]]+), \2(\\?\])/g,
    "readonly $1$2, ...$2[]$3",
  )

/** Links to the pages of other modules, as the generator names them, lead to where they stand. */
export const withPlaces = (
  text: string,
  page: string,
  places: ReadonlyMap<string, string>,
): string =>
  text.replaceAll(/\]\(([^)#\s]+\.md)(?=[#)])/g, (link, path) => {
    const place = places.get(join(dirname(page), path))
    return place === undefined ? link : `](${place}`
  })

/** Links to headings, which the generator numbers in its own way: `#kind-2` is its third `kind`. */
export const withAnchors = (text: string): string => {
  const headings = [...text.matchAll(/^#+ (.+)$/gm)].map(([, heading = ""]) =>
    heading.toLowerCase().replace(/[^a-z0-9]+/g, "-")
  )
  return text.replaceAll(/\]\(#([a-z0-9-]+?)-(\d+)\)/g, (link, name, before) => {
    const count = headings.filter((heading) => heading === name).length
    return count === 0 || count > Number(before) ? link : `](#${name})`
  })
}

/** A module's page names a type with its kind, which a reader of the page does not need. */
const tidied = (name: string, text: string): string => {
  const about = ABOUT[name]
  if (about === undefined) {
    throw new Error(
      `say in scripts/site/reference.ts what leftfold/${name} is for`,
    )
  }
  return withAnchors(withRests(text)).replace(/^# .*$/m, `# leftfold/${name}\n\n${about}`)
}

/** How the generator makes the pages. */
const SETTINGS = [
  ...["--plugin", "typedoc-plugin-markdown", "--plugin", "typedoc-plugin-missing-exports"],
  ...["--skipErrorChecking", "--disableSources", "--readme", "none"],
  ...["--outputFileStrategy", "modules", "--hideBreadcrumbs", "--hidePageHeader"],
  ...["--useCodeBlocks", "--excludePrivate", "--logLevel", "Error"],
  "--placeInternalsInOwningModule",
  // The types of a module's own options belong to it, those of its libraries do not.
  ...["--excludeExternals", "--externalPattern", "**/node_modules/**"],
]

/**
 * Makes the pages of the public modules, by file. `modules` has the source of each. Rejects when
 * the generator fails.
 */
export const referencePages = async (
  root: string,
  work: string,
  modules: ReadonlyMap<string, string>,
): Promise<Map<string, string>> => {
  const folder = join(root, "scripts/site")
  const pages = new Map<string, string>()
  const entries = [...modules.values()].flatMap((source) => ["--entryPoints", join(root, source)])
  const places = ["--tsconfig", join(root, "tsconfig.json"), "--basePath", root, "--out", work]
  const typedoc = join(folder, "node_modules/.bin/typedoc")
  const args = [...SETTINGS, ...places, ...entries]
  const { exitCode, output } = await runCommand(typedoc, args, { folder, timeoutMs: TIMEOUT_MS })
  if (exitCode !== 0) {
    throw new Error(`the reference cannot be made: ${output}`)
  }
  const pageOf = (source: string): string => source.replace(/\.ts$/, ".md")
  const fileOf = (name: string): string => `${name.replace("/", "-")}.md`
  const targets = new Map(
    [...modules].map(([name, source]) => [pageOf(source), fileOf(name)]),
  )
  const made = (await readdir(work, { recursive: true })).filter((file) => file.endsWith(".md"))
  for (const [name, source] of modules) {
    const page = made.find((file) => file === pageOf(source))
    if (page === undefined) {
      throw new Error(`no page of ${source} was made, only ${made.join(", ")}`)
    }
    const text = await readFile(join(work, page), "utf8")
    pages.set(
      `reference/${fileOf(name)}`,
      withPlaces(tidied(name, text), page, targets),
    )
  }
  return pages
}
