/** Shows where errors are in the sources, and not where they are in what was made of these. */
import { readFileSync } from "node:fs"
import { findSourceMap } from "node:module"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { scriptIn } from "./open-bundle.js"

/** The numbers of a line in `lines`. */
const PER_LINE = 4

/** Where the lines of the script are in the sources; read when an error is first shown. */
export const readLines = (folder) => {
  const { buffer, byteOffset, length } = readFileSync(join(folder, "lines"))
  const sources = JSON.parse(readFileSync(join(folder, "lines.json"), "utf8"))
  return { numbers: new Int32Array(buffer, byteOffset, length / 4), sources }
}

/** The path, line and column of a place in a source, if they are known; all count from 0. */
export const sourceOf = ({ numbers, sources }, line, column) => {
  const [first, source, sourceLine, sourceColumn] = numbers.subarray(line * PER_LINE)
  const path = sources[source]
  if (path === undefined || path.includes("/node_modules/")) return undefined
  // What follows in a line of the script mostly follows in that of the source.
  return [path, sourceLine, Math.max(0, sourceColumn + column - first)]
}

const mappedBy = (map, line, column) => {
  const { originalSource, originalLine, originalColumn } = map?.findEntry(line, column) ?? {}
  if (originalSource === undefined) return undefined
  const isUrl = originalSource.startsWith("file:")
  return [isUrl ? fileURLToPath(originalSource) : originalSource, originalLine, originalColumn]
}

const headOf = (error) => {
  try {
    return Error.prototype.toString.call(error)
  } catch {
    return "Error"
  }
}

/** Shows errors with their places in the sources, also those from the script of this folder. */
export const showSources = (folder) => {
  const script = scriptIn(folder)
  let lines
  const placeOf = (site) => {
    const [file, line, column] = [site.getFileName(), site.getLineNumber(), site.getColumnNumber()]
    if (!file || !line) return String(site)
    const found = file === script
      ? sourceOf(lines ??= readLines(folder), line - 1, column - 1)
      : mappedBy(findSourceMap(file), line - 1, column - 1)
    if (found === undefined) return String(site)
    const place = `${found[0]}:${found[1] + 1}:${found[2] + 1}`
    return String(site).replace(`${file}:${line}:${column}`, place)
  }
  Error.prepareStackTrace = (error, sites) =>
    [headOf(error), ...sites.map(placeOf)].join("\n    at ")
}
