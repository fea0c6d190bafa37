/** Tests that examples compile: of doc comments of published names, of the README and the docs. */
import assert from "node:assert/strict"
import { execFile } from "node:child_process"
import { mkdir, mkdtemp, writeFile } from "node:fs/promises"
import { join } from "node:path"
import { after, before, describe } from "node:test"
import { fileURLToPath } from "node:url"
import { promisify } from "node:util"
import { removeFolder } from "../testing/temporary-folder.ts"
import { test } from "../testing/test.ts"
import { type Block, blocksOf } from "./docs/blocks.ts"
import { type Frame, FRAMES } from "./fixtures/guide-frames.ts"
import { doorsOf, namesOf } from "./tidy/public-names.ts"
import { readRepository } from "./tidy/repository.ts"
import { topOf } from "./tidy/rule.ts"

const root = fileURLToPath(new URL("..", import.meta.url))
const tree = readRepository(root)
const names = "scripts/fixtures/example-names.ts"
const doors = doorsOf(tree)

/** The files that declare published names. */
const files = [
  ...new Set(
    doors.flatMap(({ door }) => [...namesOf(tree, door).values()].map(({ path }) => path)),
  ),
]

/** The examples in the doc comments of a file, each with the line on which it begins. */
const examplesIn = (path: string): { readonly line: number; readonly code: string }[] =>
  [...tree.get(path)!.matchAll(/^ *\* ```ts\n((?: *\*.*\n)*?) *\* ```$/gm)].map((
    { index, 1: lines = "" },
  ) => ({
    line: tree.get(path)!.slice(0, index).split("\n").length + 1,
    code: lines.replaceAll(/^ *\* ?/gm, ""),
  }))

/** What `namesFor` has found for a room: to find it takes longer than to compile its examples. */
const foundNames = new Map<string, ReadonlyMap<string, string>>()

/** All published names and those of the shop, with their modules; of two alike, that of `room`. */
const namesFor = (room: string): Map<string, string> => {
  const found = foundNames.get(room) ?? findNames(room)
  foundNames.set(room, found)
  return new Map(found)
}

const findNames = (room: string): ReadonlyMap<string, string> => {
  const from = new Map<string, string>()
  const rank = ({ door }: { readonly door: string }) => topOf(door) === room ? 1 : 0
  for (const { published, door } of doors.toSorted((one, other) => rank(one) - rank(other))) {
    for (const name of namesOf(tree, door).keys()) from.set(name, published)
  }
  from.set("Schema", "effect")
  from.set("test", "node:test").set("assert", "node:assert/strict")
  for (const name of namesOf(tree, names).keys()) from.set(name, `../../${names}`)
  return from
}

const IMPORT = /^ *import (?:type )?(?:([\w$]+)|\{([^}]*)\}) from "([^"]+)";?\n?/gm

/** The names that an import statement brings. */
const namesIn = (single = "", braced = ""): string[] => [
  ...single === "" ? [] : [single],
  ...braced.split(",").map((each) => each.replace(/^.*\bas /, "").replace("type ", "").trim()),
]

const DECLARED =
  /^\s*(?:declare )?(?:(?:const|interface|function|type) ([\w$]+)|const \{([^}]*)\} =)/gm

/** A module of some code, in which each published name is known unless it declares it. */
const moduleOf = (
  room: string,
  code: string,
  { before = "", around = String }: Partial<Frame> = {},
) => {
  const known = namesFor(room)
  const hoisted: string[] = []
  const withoutImports = (text: string) =>
    text.replaceAll(IMPORT, (statement: string, single?: string, braced?: string, from = "") => {
      // What a reader has in a file next to this one is declared in the frame.
      if (from.startsWith("./")) return ""
      for (const name of namesIn(single, braced)) known.delete(name)
      hoisted.push(statement)
      return ""
    })
  const front = withoutImports(before)
  for (const [, single, braced] of front.matchAll(DECLARED)) {
    for (const name of namesIn(single, braced)) known.delete(name)
  }
  const body = around(withoutImports(code))
    .replaceAll(/^export (?=const|function|interface|type|class)/gm, "")
  const imports = [...known].map(([name, from]) =>
    name === "assert" ? `import assert from "${from}"\n` : `import { ${name} } from "${from}"\n`
  )
  return `${[...imports, ...hoisted].join("")}${front}\n{\n${body}\n}\n`
}

/** The errors of the compiler, a line each; none if everything compiles. */
const compiled = async (modules: Readonly<Record<string, string>>): Promise<string> => {
  for (const [name, text] of Object.entries(modules)) await writeFile(join(folder, name), text)
  // Types and values are imported alike, and the repository's own files are not examples.
  const compilerOptions = { verbatimModuleSyntax: false }
  const config = { extends: "../../tsconfig.json", compilerOptions, include: ["*.ts"] }
  await writeFile(join(folder, "tsconfig.json"), JSON.stringify(config))
  const compile = promisify(execFile)(join(root, "node_modules/.bin/tsc"), ["-p", folder])
  return await compile.then(() => "", ({ stdout }: { stdout: string }) => stdout)
}

/** Pages whose code other tests compile, and run. */
const ELSEWHERE: Readonly<Record<string, string>> = {
  "docs/calling.md": "scripts/client-types.test.ts",
  "docs/tutorial.md": "scripts/tutorial.test.ts",
}

/** The TypeScript of the README and of all documents; `ts emmett` is that of somebody else. */
const guideBlocks = [...tree.keys()]
  .filter((path) => path === "README.md" || /^docs\/.*\.md$/.test(path))
  .filter((path) => !(path in ELSEWHERE))
  .flatMap((path) => blocksOf(path, tree.get(path)!))
  .filter(({ language }) => /^(ts|typescript)$/i.test(language))

const frameOf = ({ path, code }: Block): Frame | undefined =>
  FRAMES.find(({ page, begins }) => page === path && begins && code.startsWith(begins)) ??
    FRAMES.find(({ page, begins }) => page === path && begins === undefined)

let folder: string

describe("the examples of published names and of the documents", () => {
  before(async () => {
    await mkdir(join(root, ".leftfold"), { recursive: true })
    folder = await mkdtemp(join(root, ".leftfold", "examples-"))
  })
  after(async () => await removeFolder(folder))

  test("compile", async () => {
    const modules: Record<string, string> = {}
    for (const path of files) {
      for (const { line, code } of examplesIn(path)) {
        const name = `${path.replace(/\.ts$/, "").replaceAll("/", "_")}_${line}.ts`
        modules[name] = moduleOf(topOf(path), code)
      }
    }
    const fences = files.flatMap((path) => tree.get(path)!.match(/```ts$/gm) ?? [])
    assert.equal(Object.keys(modules).length, fences.length, "an example is not understood")
    const unused = new Set(FRAMES)
    for (const block of guideBlocks) {
      const frame = frameOf(block)
      if (frame) unused.delete(frame)
      const name = `${block.path.replaceAll("/", "_")}_${block.line}.ts`
      modules[name] = moduleOf("", block.code, frame)
    }
    assert.deepEqual([...unused], [], "a frame in scripts/fixtures/guide-frames.ts fits no block")
    assert.equal(await compiled(modules), "")
  })
})
