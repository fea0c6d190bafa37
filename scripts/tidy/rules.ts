/** Every rule that the repository keeps. */
import { docs } from "./docs.ts"
import { drivers } from "./drivers.ts"
import { duplicates } from "./duplicates.ts"
import { english } from "./english.ts"
import { exports } from "./exports.ts"
import { globals } from "./globals.ts"
import { imports } from "./imports.ts"
import { layout } from "./layout.ts"
import { leftovers } from "./leftovers.ts"
import { lengths } from "./lengths.ts"
import { ports } from "./ports.ts"
import { publicNames } from "./public-names.ts"
import { rooms } from "./rooms.ts"
import type { Rule, Tree, Violation } from "./rule.ts"
import { sentences } from "./sentences.ts"
import { tests } from "./tests.ts"
import { thinClient } from "./thin-client.ts"

const rules: readonly Rule[] = [
  ...[layout, rooms, imports, drivers, ports, exports, duplicates, publicNames],
  ...[lengths, sentences, english, leftovers, globals, docs, tests],
  thinClient,
]

/** What every rule finds in a tree, in the order of paths and lines. */
export function violationsOf(tree: Tree): Violation[] {
  return rules.flatMap((rule) => [...rule(tree)])
    .sort((a, b) => a.path < b.path ? -1 : a.path > b.path ? 1 : a.line - b.line)
}

/** One violation as the line that is printed: `path:line rule: message`. */
export const lineOf = ({ path, line, rule, message, warning }: Violation): string =>
  `${path}:${line} ${rule}: ${warning === true ? "warning: " : ""}${message}`
