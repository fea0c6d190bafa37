/** Rule: every public name has a doc comment, and an example, a guide or the README uses it. */
import { resolveFrom } from "./import-statement.ts"
import { type Rule, topOf, type Tree, type Violation } from "./rule.ts"
import { nodesOf, type SyntaxNode } from "./syntax.ts"

/** Where a name is declared. */
interface Declared {
  readonly path: string
  readonly line: number
  readonly isDocumented: boolean
}

/** Refuses a name of a published door without a doc comment, and one that nothing shows in use. */
export const publicNames: Rule = (tree: Tree) => {
  const shown = wordsShown(tree)
  const violations: Violation[] = []
  for (const door of doorsOf(tree)) {
    for (const [name, { path, line, isDocumented }] of namesOf(tree, door)) {
      const problem = !isDocumented
        ? "has no doc comment: say its meaning, units and errors"
        : shown.has(name)
        ? undefined
        : "is shown nowhere: use it in examples/, the README or a guide in docs/"
      if (problem === undefined) continue
      violations.push({
        path,
        line,
        rule: "public-names",
        message: `${name} of ${door} ${problem}`,
      })
    }
  }
  return violations
}

/** The files that package.json publishes. */
function doorsOf(tree: Tree): string[] {
  const { exports = {} } = JSON.parse(tree.get("package.json") ?? "{}") as {
    readonly exports?: Readonly<Record<string, string>>
  }
  return Object.values(exports).map((target) => target.replace(/^\.\//, ""))
    .filter((path) => tree.has(path))
}

/** The names that a file exports, with where each is declared. */
function namesOf(tree: Tree, path: string): Map<string, Declared> {
  const names = new Map<string, Declared>()
  for (const node of nodesOf(tree.get(path) ?? "")) {
    if (node.type !== "ExportNamedDeclaration") continue
    const { source, specifiers, declaration } = node as unknown as Exported
    for (const name of declaredBy(declaration)) {
      if (!names.has(name)) {
        names.set(name, { path, line: node.loc.start.line, ...documented(node) })
      }
    }
    if (!source) continue
    const from = namesOf(tree, resolveFrom(path, source.value))
    for (const { local, exported } of specifiers) {
      const declared = from.get(local.name)
      if (declared) names.set(exported.name, declared)
    }
  }
  return names
}

interface Exported {
  readonly source?: { readonly value: string }
  readonly specifiers: readonly {
    readonly local: { readonly name: string }
    readonly exported: { readonly name: string }
  }[]
  readonly declaration?: SyntaxNode
}

function declaredBy(declaration: SyntaxNode | undefined): string[] {
  if (!declaration) return []
  const { id, declarations } = declaration as unknown as {
    readonly id?: { readonly name: string }
    readonly declarations?: readonly { readonly id: { readonly name: string } }[]
  }
  return id ? [id.name] : (declarations ?? []).map((each) => each.id.name)
}

function documented({ leadingComments }: SyntaxNode): { readonly isDocumented: boolean } {
  const comments = (leadingComments ?? []) as readonly { readonly value: string }[]
  return { isDocumented: comments.at(-1)?.value.startsWith("*") ?? false }
}

/** Every word of the examples, the README and the guides. */
function wordsShown(tree: Tree): Set<string> {
  const words = new Set<string>()
  for (const [path, text] of tree) {
    const isExample = topOf(path) === "examples" && path.endsWith(".ts")
    if (!isExample && path !== "README.md" && !/^docs\/[^/]+\.md$/.test(path)) continue
    for (const [word] of text.matchAll(/[A-Za-z_$][\w$]*/g)) words.add(word)
  }
  return words
}
