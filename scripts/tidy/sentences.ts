/** Rule: a file begins with a sentence that says what it is, and every export is documented. */
import { codeOf } from "./syntax.ts"
import { isTest, type Rule, type Tree, typeScriptOf, type Violation } from "./rule.ts"

/** Refuses a file without an opening sentence, and an export without a doc comment. */
export const sentences: Rule = (tree: Tree) => {
  const violations: Violation[] = []
  for (const [path, text] of typeScriptOf(tree)) {
    const message = problemOfOpening(text)
    if (message !== undefined) violations.push({ path, line: 1, rule: "sentences", message })
    if (!isTest(path)) violations.push(...undocumented(path, text))
  }
  return violations
}

function problemOfOpening(text: string): string | undefined {
  const comment = /^(?:#!.*\n)?\/\*\*([\s\S]*?)\*\//.exec(text)?.[1]
  if (comment === undefined) return "begin the file with /** one sentence that says what it is. */"
  const opening = comment.replace(/^[ \t]*\*[ \t]?/gm, "").trim().split(/\n[ \t]*\n/, 1)[0] ?? ""
  if (/[.:]$/.test(opening)) return undefined
  return "the file's first comment is not a sentence; end it with a full stop"
}

const modifiers = /^export (?:default |declare |abstract |async )*/
const declared = /(const|let|class|interface|type|enum|function)\b\s*\*?\s*([\w$]+|[{[])/
const exported = new RegExp(modifiers.source + declared.source)

/** Exports with a declaration of their own; a re-export is documented where it is declared. */
function* undocumented(path: string, text: string): Generator<Violation> {
  const lines = text.split("\n")
  const seen = new Set<string>()
  for (const [index, line] of codeOf(text).split("\n").entries()) {
    const [, kind = "", name = ""] = exported.exec(line) ?? []
    if (name === "" || /^export type \{/.test(line)) continue
    const isOverload = kind === "function" && seen.has(name)
    seen.add(name)
    if (isOverload || isDocumented(lines, index)) continue
    const message = `${name} is exported without a doc comment; say above it what it is`
    yield { path, line: index + 1, rule: "sentences", message }
  }
}

function isDocumented(lines: readonly string[], index: number): boolean {
  let above = index - 1
  // A directive for a tool may stand between the comment and its export.
  while (/^\s*\/\/ (deno-lint-ignore|@ts-expect-error)/.test(lines[above] ?? "")) above--
  if (!(lines[above] ?? "").trimEnd().endsWith("*/")) return false
  while (above > 0 && !(lines[above] ?? "").includes("/*")) above--
  return (lines[above] ?? "").trimStart().startsWith("/**")
}
