/** Rule: a small helper exists once, in the lowest room that fits. */
import { isTest, type Rule, topOf, type Tree, typeScriptOf, type Violation } from "./rule.ts"
import { nodesOf, type SyntaxNode } from "./syntax.ts"

/** The rooms that share helpers. Scripts and examples are programs of their own. */
const sharing = new Set([
  ...["contracts", "wire", "actors", "projections", "gateway", "app", "simulation", "cli"],
])

/** A body of fewer characters is an expression that everybody writes. */
const shortestBody = 40

/** Refuses a function at the top of a file whose parameters and body stand in another file too. */
export const duplicates: Rule = (tree: Tree) => {
  const violations: Violation[] = []
  const known = new Map<string, string>()
  for (const [path, text] of typeScriptOf(tree)) {
    if (!sharing.has(topOf(path)) || isTest(path)) continue
    for (const { name, line, body } of functionsIn(text)) {
      const first = known.get(body)
      if (first === undefined) known.set(body, `${name} of ${path}`)
      else {
        const message = `${name} is the same as ${first}: keep one, in the lowest room that fits`
        violations.push({ path, line, rule: "duplicates", message })
      }
    }
  }
  return violations
}

interface Helper {
  readonly name: string
  readonly line: number
  /** Its parameters and what it does, without blanks, under names of their own. */
  readonly body: string
}

/** The arrow functions that are constants of a file. */
function* functionsIn(text: string): Generator<Helper> {
  for (const { type, declarations, loc } of nodesOf(text)) {
    if (type !== "VariableDeclaration") continue
    for (const { id, init } of declarations as readonly { id: SyntaxNode; init?: SyntaxNode }[]) {
      if (init?.type !== "ArrowFunctionExpression") continue
      const body = withoutNames(text.slice(init.start, init.end), init)
      if (body.length < shortestBody) continue
      yield { name: String(id.name), line: loc.start.line, body }
    }
  }
}

/** The same text with its parameters called by their numbers, and without blanks. */
function withoutNames(text: string, { params }: SyntaxNode): string {
  let result = text
  for (const [index, { type, name }] of (params as readonly SyntaxNode[]).entries()) {
    if (type === "Identifier") {
      result = result.replaceAll(new RegExp(`\\b${name}\\b`, "g"), `$${index}`)
    }
  }
  return result.replace(/\s+/g, "")
}
