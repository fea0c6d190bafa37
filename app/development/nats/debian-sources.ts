/** The machine's own Debian package sources, pointed at a newer suite. */
import { readdir, readFile } from "node:fs/promises"
import { join } from "node:path"

/** One source file for apt: its name (apt reads the format from its ending) and its text. */
export interface SourceFile {
  readonly name: string
  readonly text: string
}

/**
 * The main archive of apt's settings in `aptFolder`, with `codename` (such as `bookworm`) replaced
 * by another suite. Security, updates and other publishers' archives are left out, as they have no
 * such suite. Mirrors, keys and options stay as the machine has them.
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

/** The stanzas (the `.sources` format, deb822) of the main archive, for another suite. */
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

/** The lines (the `.list` format) of the main archive, for another suite. */
export function linesForSuite(text: string, codename: string, suite: string): string {
  const line = /^(deb\s+(?:\[[^\]]*\]\s+)?\S+\s+)(\S+)(\s+.*\bmain\b.*)$/
  return text.split("\n").flatMap((each) => {
    const [, start = "", suites = "", end = ""] = line.exec(each.trim()) ?? []
    return names(suites, codename) ? [`${start}${suite}${end}\n`] : []
  }).join("")
}
