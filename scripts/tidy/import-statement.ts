/** The imports of a TypeScript file: static, dynamic, for types only, and re-exports. */
import { folderOf } from "./rule.ts"
import { nodesOf, type SyntaxNode } from "./syntax.ts"

/** One import: the line it is on, what it names, and which names it binds (as written). */
export interface ImportStatement {
  readonly line: number
  readonly specifier: string
  readonly clause: string
}

/** The string that a statement or an expression imports from, if it imports. */
const sourceOf = ({ type, source, callee, arguments: given, argument }: SyntaxNode) => {
  if (/^(Import|Export(Named|All))Declaration$|^ImportExpression$/.test(type)) return source
  if (type === "TSImportType") return argument
  const isImport = type === "CallExpression" && (callee as SyntaxNode).type === "Import"
  return isImport ? (given as readonly unknown[])[0] : undefined
}

const isString = (value: unknown): value is SyntaxNode & { readonly value: string } =>
  typeof value === "object" && value !== null && "type" in value && value.type === "StringLiteral"

/** Every import of a file, in its order. A path that is computed at run time is not found. */
export function importsOf(text: string): ImportStatement[] {
  const found: ImportStatement[] = []
  for (const node of nodesOf(text)) {
    const source = sourceOf(node)
    if (!isString(source)) continue
    const clause = text.slice(node.start, source.start)
    found.push({ line: source.loc.start.line, specifier: source.value, clause })
  }
  return found
}

/** True for a specifier that is a path from the importing file. */
export const isRelative = (specifier: string): boolean => /^\.{1,2}\//.test(specifier)

/** The path from the root that a relative specifier means; it starts with `..` when it leaves. */
export function resolveFrom(path: string, specifier: string): string {
  const parts = folderOf(path).split("/").filter((part) => part !== "")
  for (const part of specifier.split("/")) {
    if (part === "..") parts.length > 0 && parts.at(-1) !== ".." ? parts.pop() : parts.push("..")
    else if (part !== "." && part !== "") parts.push(part)
  }
  return parts.join("/")
}

/** The package that a bare specifier names: `@nats-io/kv/internal` is of `@nats-io/kv`. */
export function packageOf(specifier: string): string {
  const [first = "", second = ""] = specifier.replace(/^(npm|jsr):\/?/, "").split("/")
  const name = first.startsWith("@") ? `${first}/${second}` : first
  return name.replace(/(?<=.)@.*$/, "")
}
