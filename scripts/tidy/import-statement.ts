/** The imports of a TypeScript file: static, dynamic, for types only, and re-exports. */
import { codeOf, lineAt } from "./code.ts"
import { folderOf } from "./rule.ts"

/** One import: the line it is on, what it names, and which names it binds (as written). */
export interface ImportStatement {
  readonly line: number
  readonly specifier: string
  readonly clause: string
}

const forms = [
  /^[ \t]*(?:import|export)\b(?<clause>[^;"'`()=]*?)\bfrom\s*["'](?<from>[^"'\n]+)["']/,
  /^[ \t]*import\s*["'](?<effect>[^"'\n]+)["']/,
  /\bimport\(\s*["'](?<dynamic>[^"'\n]+)["']/,
]
const statement = new RegExp(forms.map(({ source }) => source).join("|"), "gm")

/** Every import of a file, in its order. A path that is computed at run time is not found. */
export function importsOf(text: string): ImportStatement[] {
  const code = codeOf(text, { strings: true })
  return [...code.matchAll(statement)].map(({ index, 0: found, groups = {} }) => ({
    line: lineAt(code, index + found.length),
    specifier: groups["from"] ?? groups["effect"] ?? groups["dynamic"] ?? "",
    clause: (groups["clause"] ?? "").trim(),
  }))
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
