/** Rule: documents and comments avoid constructions that make a reader start a sentence again. */
import type { Rule, Tree, Violation } from "./rule.ts"
import { commentsOf } from "./syntax.ts"

/** A construction to avoid, and what to write instead. */
interface Construction {
  readonly pattern: RegExp
  readonly instead: string
}

const constructions: readonly Construction[] = [
  { pattern: /\banew\b/i, instead: '"again", or a verb with re-' },
  { pattern: /\bwhoever\b/i, instead: "the role: the caller, the client, the operator" },
  { pattern: /\bany more\b/i, instead: '"no longer"' },
  {
    pattern: /\b(?:is|are|was|were) none\b/i,
    instead: 'what is missing: "there is no leader", "no row is left"',
  },
  { pattern: /\bbeside\b/i, instead: '"next to", or "as well as"' },
  { pattern: /(?:^|[.:;] )(?:of|to|from|by) (?:which|whom)\b/i, instead: "a second sentence" },
  { pattern: /(?:^|[.:;] )Who (?!\w+ what\b)[^.?]*\.(?:$|\s)/, instead: "the subject by its name" },
  { pattern: /(?:^|[.:;] )How long (?:rests|is|are|waits)\b/, instead: '"How long a …"' },
  { pattern: /\bagain and again\b/i, instead: '"repeatedly"' },
]

/** Refuses these constructions in documents and comments. Quoted words and code are left out. */
export const english: Rule = (tree: Tree) => {
  const violations: Violation[] = []
  for (const [path, text] of tree) {
    // The rule's own folder contains everything that it looks for.
    if (path.startsWith("scripts/tidy/")) continue
    if (path.endsWith(".ts")) violations.push(...wrongIn(path, commentsOf(text)))
    if (path.endsWith(".md")) violations.push(...wrongIn(path, proseOf(text)))
  }
  return violations
}

/** The lines of a document outside its code blocks. */
function* proseOf(text: string): Generator<[line: number, text: string]> {
  let fenced = false
  for (const [index, line] of text.split("\n").entries()) {
    if (/^\s*(```|~~~)/.test(line)) fenced = !fenced
    if (!fenced && !/^ {4}/.test(line)) yield [index + 1, line]
  }
}

function* wrongIn(path: string, lines: Iterable<[number, string]>): Generator<Violation> {
  for (const [line, text] of lines) {
    const prose = text.replace(/`[^`]*`|"[^"]*"/g, "_")
    for (const { pattern, instead } of constructions) {
      const found = pattern.exec(prose)?.[0].trim()
      if (found === undefined) continue
      yield { path, line, rule: "english", message: `"${found}": write ${instead}` }
    }
  }
}
