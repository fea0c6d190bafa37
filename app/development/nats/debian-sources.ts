/** The machine's own Debian package sources, changed to a newer suite. */
import { readdir, readFile } from "node:fs/promises"
import { join } from "node:path"

/** A source file for apt, by its name and text. Its ending tells apt the format. */
export interface SourceFile {
  readonly name: string
  readonly text: string
}

/**
 * The main archive in apt's settings at `aptFolder`, with `codename` (such as `bookworm`) replaced
 * by another suite. Mirrors, keys and options stay as they are. Archives for security and updates,
 * and those of other publishers, are left out because they have no such suite.
 */
export async function sourcesForSuite(
  aptFolder: string,
  codename: string,
  suite: string,
): Promise<ReadonlyArray<SourceFile>> {
  const parts = join(aptFolder, "sources.list.d")
  const names = (await readdir(parts).catch(() => [])).sort().map((name) => join(parts, name))
  const files: Array<SourceFile> = []
  for (const path of [join(aptFolder, "sources.list"), ...names]) {
    const stanzas = path.endsWith(".sources")
    if (!stanzas && !path.endsWith(".list")) continue
    const content = await readFile(path, "utf8").catch(() => "")
    const text = stanzas
      ? stanzasForSuite(content, codename, suite)
      : linesForSuite(content, codename, suite)
    if (text !== "") files.push({ name: `${files.length}.${stanzas ? "sources" : "list"}`, text })
  }
  return files
}

const aliases = ["oldstable", "stable", "testing", "unstable", "sid"]

const names = (suites: string, codename: string) =>
  suites.split(/\s+/).some((suite) => suite === codename || aliases.includes(suite))

/** The stanzas of the main archive (format `.sources`, deb822), for another suite. */
export function stanzasForSuite(text: string, codename: string, suite: string): string {
  const isMain = (stanza: string) => {
    const field = (name: string) => new RegExp(`^${name}:(.*)$`, "im").exec(stanza)?.[1] ?? ""
    return names(field("Suites").trim(), codename) && /\bmain\b/.test(field("Components")) &&
      /\bdeb\b(?!-)/.test(field("Types")) && !/^\s*no\s*$/i.test(field("Enabled"))
  }
  return text.split(/\n\s*\n/).filter(isMain)
    .map((stanza) => stanza.trim().replace(/^Suites:.*$/im, `Suites: ${suite}`) + "\n")
    .join("\n")
}

/** The lines of the main archive (format `.list`), for another suite. */
export function linesForSuite(text: string, codename: string, suite: string): string {
  const line = /^(deb\s+(?:\[[^\]]*\]\s+)?\S+\s+)(\S+)(\s+.*\bmain\b.*)$/
  return text.split("\n").flatMap((each) => {
    const [, start = "", suites = "", end = ""] = line.exec(each.trim()) ?? []
    return names(suites, codename) ? [`${start}${suite}${end}\n`] : []
  }).join("")
}
