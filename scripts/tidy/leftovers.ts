/** Rule: nothing temporary stays: notes to self, loose types, sleeps, local paths. */
import { codeOf } from "./syntax.ts"
import { isTest, type Rule, topOf, type Tree, type Violation } from "./rule.ts"

/** A pattern that must not occur, and what to do about it. */
interface Leftover {
  readonly pattern: RegExp
  readonly message: string
  /** Where it is looked for: in every text, or in TypeScript code without comments and strings. */
  readonly within: "text" | "code"
  readonly applies?: (path: string) => boolean
}

const printsFreely = (path: string): boolean =>
  topOf(path) === "scripts" || topOf(path) === "examples" || isTest(path)

const patterns: readonly Leftover[] = [
  {
    pattern: /\b(TODO|FIXME|XXX)\b|\b([Nn]ot implemented|[Pp]laceholder|[Ff]or now)\b/g,
    message: "is a note to self: finish it, or open an issue and delete the note",
    within: "text",
  },
  {
    pattern: /@ts-(ignore|nocheck)/g,
    message: "hides errors: fix the type, or use @ts-expect-error in a test that proves it",
    within: "text",
  },
  {
    pattern: /(?<![\w.~/-])\/(work|farm|home|root|Users)\/(?=\w)/g,
    message: "is a path of one machine: derive it, or take it from the environment",
    within: "text",
  },
  {
    pattern: /https?:\/\/[^\s/"'`]*(registry[.:-]|artifactory|nexus|verdaccio)|\bregistry\.npmjs/gi,
    message: "names a package registry: every machine has its own, so leave it out",
    within: "text",
  },
  {
    pattern: /\bconsole\.(log|debug)\(/g,
    message: "prints from a library: log through Effect, or delete it",
    within: "code",
    applies: (path) => !printsFreely(path),
  },
  {
    pattern: /^\s*debugger\b/gm,
    message: "stops a debugger: delete it",
    within: "code",
  },
  {
    pattern: /\bas any\b|: any\b|<any\b|\bany\[\]/g,
    message: "switches the types off: name the type, or use unknown and decode it",
    within: "code",
  },
  {
    pattern: /\.(only|skip|todo)\(|\b(only|skip|todo): true\b/g,
    message: "leaves tests out: run them all",
    within: "code",
    applies: isTest,
  },
  {
    pattern: /\b(setTimeout|setInterval|sleep|delay)\(/gi,
    message: "waits for time in a test: wait for a position, an event or a status",
    within: "code",
    applies: isTest,
  },
]

/** Refuses every leftover in every file, and addresses of a registry in the lock file. */
export const leftovers: Rule = (tree: Tree) => {
  const violations: Violation[] = []
  for (const [path, text] of tree) {
    if (path === "package-lock.json") violations.push(...resolvedOf(path, text))
    // The rule's own folder contains everything that it looks for.
    else if (!path.startsWith("scripts/tidy/")) violations.push(...leftoversOf(path, text))
  }
  return violations
}

function* leftoversOf(path: string, text: string): Generator<Violation> {
  const code = path.endsWith(".ts") ? codeOf(text).split("\n") : []
  const lines = text.split("\n")
  for (const { pattern, message, within, applies } of patterns) {
    if (applies !== undefined && !applies(path)) continue
    for (const [index, line] of (within === "text" ? lines : code).entries()) {
      const found = [...line.matchAll(pattern)][0]?.[0].trim()
      if (found === undefined) continue
      yield { path, line: index + 1, rule: "leftovers", message: `"${found}" ${message}` }
    }
  }
}

/** Hashes can contain any word, so only addresses of the lock file are checked. */
function* resolvedOf(path: string, text: string): Generator<Violation> {
  for (const [index, line] of text.split("\n").entries()) {
    if (!/"resolved":\s*"https?:/.test(line)) continue
    const message = "the address of a registry is locked in: delete the line, and keep " +
      "omit-lockfile-registry-resolved in .npmrc"
    yield { path, line: index + 1, rule: "leftovers", message }
  }
}
