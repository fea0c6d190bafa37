/** Sources and the largest packages as one script, which a process loads in a tenth of the time. */
import { execFile } from "node:child_process"
import { readFile, rm, writeFile } from "node:fs/promises"
import { dirname, join } from "node:path"
import process from "node:process"
import { fileURLToPath, pathToFileURL } from "node:url"
import { promisify } from "node:util"
import { build, type BuildFailure, type Message, type Plugin, transform } from "esbuild"
import { lineMap } from "./line-map.ts"
import type { SourceGraph } from "./source-graph.ts"

/** Packages that no other package here imports. */
const PACKAGES = /^(?:effect|hono|@hono\/node-server|nats|@nats-io\/jetstream|postgres)(?:\/|$)/

/**
 * What a bundle holds: for the URL of each source and of each entry point of a package, the name
 * under which the script loads it, and what it exports.
 */
export interface Contents {
  readonly [url: string]: readonly [name: string, exports: readonly string[]]
}

/** Runs in a process of its own: it loads the script, and keeps what V8 made of it. */
const CACHE = fileURLToPath(new URL("bundle-cache.js", import.meta.url))

const NAMESPACE = "bundle"

/** Finds packages and own entry points as an import does, and calls back with their paths. */
const resolving = (graph: SourceGraph, root: string, found: (name: string, path: string) => void) =>
  ({
    name: "resolving",
    setup: (build) => {
      build.onResolve({ filter: /^[^./]/ }, async ({ path, kind, namespace, resolveDir }) => {
        const own = graph.target("", path)
        if (own !== undefined) return { path: join(root, own) }
        if (namespace !== NAMESPACE || kind !== "require-call") return undefined
        const options = { kind: "import-statement", resolveDir, namespace: "file" } as const
        const resolved = await build.resolve(path, options)
        found(path, resolved.path)
        return resolved
      })
    },
  }) satisfies Plugin

/**
 * What another module is imported with: V8 forgets who imports when it takes compiled code. No
 * source may use this name: an import there would call what the source means by it.
 */
const IMPORT = "__import_of_bundle"

/** Keeps the URL that each source has of itself, and has others imported by a function. */
const asInPlace: Plugin = {
  name: "as-in-place",
  setup: ({ onLoad }) =>
    onLoad({ filter: /\.ts$/ }, async ({ path }) => {
      const text = await readFile(path, "utf8")
      const url = JSON.stringify(pathToFileURL(path).href)
      const contents = text.replaceAll(/\bimport\.meta\.url\b/g, url)
      if (!/\bimport\(/.test(contents)) return { contents, loader: "ts" }
      if (contents.includes(IMPORT)) throw new Error(`${path} uses the name ${IMPORT}: rename it`)
      const options = { loader: "ts", target: "node20", sourcemap: "inline" } as const
      const { code } = await transform(contents, { ...options, sourcefile: path })
      // Others of the script are imported as they are.
      return { contents: code.replaceAll(/\bimport\((?!"\.)/g, `${IMPORT}(`), loader: "js" }
    }),
}

/** Each is loaded when its name is called, and not before. */
const entryOf = (loads: readonly (readonly [name: string, path: string])[]): Plugin => ({
  name: "entry",
  setup: ({ onResolve, onLoad, initialOptions: { absWorkingDir = "" } }) => {
    onResolve({ filter: /^bundle$/ }, ({ path }) => ({ path, namespace: NAMESPACE }))
    onLoad({ filter: /./, namespace: NAMESPACE }, () => ({
      contents: loads.map(([name, path]) =>
        `export const ${name} = () => require(${JSON.stringify(path)})\n`
      ).join(""),
      resolveDir: absWorkingDir,
    }))
  },
})

const isWaiting = ({ text }: Message): boolean => /top-level await/i.test(text)

/** Builds the script; resolves to what it holds, or to sources that must not be in it. */
const built = async (
  root: string,
  graph: SourceGraph,
  sources: readonly string[],
  script: string,
): Promise<{ readonly urls: ReadonlyMap<string, string> } | { readonly waiting: string[] }> => {
  const packages = graph.packages().filter((each) => PACKAGES.test(each))
  const loads = [...sources.map((path) => join(root, path)), ...packages]
    .map((path, index) => [`m${index}`, path] as const)
  const urls = new Map(
    sources.map((path, index) => [`m${index}`, pathToFileURL(join(root, path)).href]),
  )
  const found = (name: string, path: string) =>
    urls.set(`m${sources.length + packages.indexOf(name)}`, pathToFileURL(path).href)
  try {
    await build({
      absWorkingDir: root,
      entryPoints: [NAMESPACE],
      outfile: script,
      bundle: true,
      platform: "node",
      format: "cjs",
      target: "node20",
      // As Node resolves them.
      conditions: [],
      keepNames: true,
      logLevel: "silent",
      logLimit: 0,
      sourcemap: "external",
      sourcesContent: false,
      banner: { js: `(function (exports, require, module, ${IMPORT}) {` },
      footer: { js: "})" },
      plugins: [entryOf(loads), resolving(graph, root, found), asInPlace],
    })
    return { urls }
  } catch (error) {
    const { errors = [] } = error as Partial<BuildFailure>
    const waiting = errors.filter(isWaiting).map(({ location }) => location?.file ?? "")
    if (waiting.length === 0) throw error
    return { waiting }
  }
}

/** Escapes what is not ASCII, as in regular expressions: V8 then keeps one byte per character. */
const escape = async (script: string): Promise<void> => {
  const text = await readFile(script, "utf8")
  const ascii = text.replaceAll(
    /[\u0080-\uffff]/g,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`,
  )
  await writeFile(script, ascii)
}

/** Writes where the lines of a script are in its sources; those of packages are not known. */
const writeLines = async (script: string): Promise<void> => {
  const { mappings, sources } = JSON.parse(await readFile(`${script}.map`, "utf8"))
  const lines = lineMap(mappings)
  const paths = sources.map((path: string) => join(dirname(script), path))
  await writeFile(join(dirname(script), "lines.json"), JSON.stringify(paths))
  await writeFile(join(dirname(script), "lines"), lines)
  await rm(`${script}.map`)
}

/**
 * Writes the script into a folder, and next to it what it holds, where its lines are from, and what
 * V8 made of it. Resolves to the sources that it holds: all that can be in a script.
 */
export const writeBundle = async (
  root: string,
  graph: SourceGraph,
  folder: string,
): Promise<ReadonlySet<string>> => {
  const script = join(folder, "bundle.js")
  const waiting = new Set<string>()
  for (;;) {
    const sources = graph.bundled((name) => PACKAGES.test(name), waiting)
    const result = await built(root, graph, [...sources], script)
    if ("waiting" in result) {
      for (const path of result.waiting) waiting.add(path)
      continue
    }
    const contents: Record<string, readonly [string, readonly string[]]> = {}
    for (const [name, url] of result.urls) {
      const path = url.slice(pathToFileURL(`${root}/`).href.length)
      contents[url] = [name, sources.has(path) ? graph.exportsOf(path) : []]
    }
    await writeFile(join(folder, "bundle.json"), JSON.stringify(contents))
    await escape(script)
    await writeLines(script)
    await promisify(execFile)(process.execPath, [CACHE, folder])
    return sources
  }
}
