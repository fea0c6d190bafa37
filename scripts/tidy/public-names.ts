/** Rule: every public name has a doc comment with an example, and something else shows its use. */
import { resolveFrom } from "./import-statement.ts"
import { type Rule, topOf, type Tree, type Violation } from "./rule.ts"
import { nodesOf, type SyntaxNode } from "./syntax.ts"

/** Where a name is declared. */
interface Declared {
  readonly path: string
  readonly line: number
  /** The text of its doc comment, if it has one. */
  readonly comment: string | undefined
}

/** A block of TypeScript in a doc comment that has at least one line of code. */
const example = /```ts\n(?![\s*]*```)/

/** Refuses a published name without a doc comment or an example, and one that nothing shows. */
export const publicNames: Rule = (tree: Tree) => {
  const shown = wordsShown(tree)
  const violations: Violation[] = []
  for (const { door } of doorsOf(tree)) {
    for (const [name, { path, line, comment }] of namesOf(tree, door)) {
      const problem = comment === undefined
        ? "has no doc comment: say its meaning, units and errors"
        : !example.test(comment)
        ? "has no example: add a block ```ts of a few lines to its doc comment"
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

/** The doors that package.json publishes: the name that users import, and the file. */
export function doorsOf(tree: Tree): { readonly published: string; readonly door: string }[] {
  const { name = "", exports = {} } = JSON.parse(tree.get("package.json") ?? "{}") as {
    readonly name?: string
    readonly exports?: Readonly<Record<string, string>>
  }
  return Object.entries(exports)
    .map(([subpath, target]) => ({
      published: subpath.replace(/^\./, name),
      door: target.replace(/^\.\//, ""),
    }))
    .filter(({ door }) => tree.has(door))
}

/** The names that a file exports, with where each is declared. */
export function namesOf(tree: Tree, path: string): Map<string, Declared> {
  const names = new Map<string, Declared>()
  for (const node of nodesOf(tree.get(path) ?? "")) {
    if (node.type !== "ExportNamedDeclaration") continue
    const { source, specifiers, declaration } = node as unknown as Exported
    for (const name of declaredBy(declaration)) {
      const comment = docCommentOf(node)
      const known = names.get(name)
      if (!known) names.set(name, { path, line: node.loc.start.line, comment })
      // A type and a value of one name share an example.
      else if (known.comment && comment) {
        names.set(name, { ...known, comment: known.comment + comment })
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

function docCommentOf({ leadingComments }: SyntaxNode): string | undefined {
  const comments = (leadingComments ?? []) as readonly { readonly value: string }[]
  const last = comments.at(-1)?.value
  return last?.startsWith("*") ? last : undefined
}

/** Every word of the examples, the README and the guides. */
function wordsShown(tree: Tree): Set<string> {
  const words = new Set<string>()
  for (const [path, text] of tree) {
    const isExample = topOf(path) === "examples" && path.endsWith(".ts")
    if (!isExample && path !== "README.md" && !/^docs\/(guides\/)?[^/]+\.md$/.test(path)) continue
    for (const [word] of text.matchAll(/[A-Za-z_$][\w$]*/g)) words.add(word)
  }
  return words
}
