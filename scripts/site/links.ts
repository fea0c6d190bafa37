/** Links of the documents, as the site needs them. */
import { posix } from "node:path"
import { DECISIONS, placeOf } from "./pages.ts"

const LINK = /(?<!!)\[((?:[^\]`]|`[^`]*`)+)\]\(<?([^)\s>]+)>?\)/g
const FENCE = /^\s*(```|~~~)/
const URL = /^[a-z][a-z0-9+.-]*:/i

/** The link from one place to another, such as `../shop` from `guides/testing` to `shop`. */
const between = (from: string, to: string): string => {
  const path = posix.relative(posix.dirname(from), to)
  return path.startsWith(".") ? path : `./${path}`
}

/** The anchor of a heading. The site puts `_` before one that begins with a digit. */
const anchorFor = (anchor: string): string => `#${anchor.replace(/^(?=\d)/, "_")}`

/** Changes a text, but not its blocks of code. */
const outsideFences = (
  text: string,
  change: (prose: string) => string,
): string => {
  const parts: string[] = []
  let lines: string[] = []
  let fenced = false
  const end = () => {
    if (lines.length === 0) return
    const part = lines.join("\n")
    parts.push(fenced ? part : change(part))
    lines = []
  }
  for (const line of text.split("\n")) {
    const isFence = FENCE.test(line)
    if (isFence && !fenced) {
      end()
      fenced = true
      lines.push(line)
    } else if (isFence) {
      lines.push(line)
      end()
      fenced = false
    } else lines.push(line)
  }
  end()
  return parts.join("\n")
}

/**
 * Changes the links of a document. A link to another document leads to its place. Any other file of
 * the repository is named; it has a link if the address of the repository's files is given.
 */
export const linksForSite = (
  file: string,
  text: string,
  isDocument: (file: string) => boolean,
  repository: string | undefined,
): string => {
  const changed = (whole: string, label: string, target: string): string => {
    if (target.startsWith("#")) return `[${label}](${anchorFor(target.slice(1))})`
    if (URL.test(target)) return whole
    const [path, anchor] = target.split("#") as [string, string?]
    const to = posix.normalize(posix.join(posix.dirname(file), path)).replace(
      /\/$/,
      "",
    )
    const hash = anchor === undefined ? "" : anchorFor(anchor)
    if (isDocument(to)) {
      return `[${label}](${between(placeOf(file), placeOf(to))}${hash})`
    }
    if (to === "docs/decisions") {
      return `[${label}](${between(placeOf(file), DECISIONS)})`
    }
    if (repository !== undefined) {
      return `[${label}](${repository}/${to}${anchor === undefined ? "" : `#${anchor}`})`
    }
    return label.includes(to) || label.includes(posix.basename(to)) ? label : `${label} (\`${to}\`)`
  }
  return outsideFences(text, (prose) => prose.replace(LINK, changed))
}
