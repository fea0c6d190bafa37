/** The rooms and the largest packages as few files: a process loads them in half of the time. */
import { readFile, writeFile } from "node:fs/promises"
import { join } from "node:path"
import { pathToFileURL } from "node:url"
import { build, type BuildOptions, type Plugin } from "esbuild"

/** Packages whose modules are ECMAScript, and which no other package here imports. */
const PACKAGES = "effect|hono|@hono/node-server"

const IMPORTS = new RegExp(`\\bfrom "((?:${PACKAGES})(?:/[^"]*)?)"`, "g")

/** Where the bundle begins: it holds these files and all that they import. */
const ENTRIES =
  /^(?:contracts|wire|actors|projections|gateway|app|app\/development)\/(?:mod|internal)\.ts$/

/** The file in the folder that says what is in the bundle. */
export const BUNDLE_FILE = "bundle.json"

/** What is in the bundle; all URLs are those of files. */
export interface Bundle {
  /** The URL of the bundled file for the URL of each entry point of a package. */
  readonly packages: { readonly [url: string]: string }
  /** The URL of the file that exports each source of the rooms as a namespace. */
  readonly rooms: string
  /** For the URL of each source, its namespace and what it exports. */
  readonly modules: { readonly [url: string]: readonly [name: string, exports: readonly string[]] }
}

const importsOf = async (root: string, sources: readonly string[]): Promise<readonly string[]> => {
  const texts = await Promise.all(sources.map((path) => readFile(join(root, path), "utf8")))
  const found = texts.flatMap((text) => [...text.matchAll(IMPORTS)].map(([, name = ""]) => name))
  return [...new Set(found)].sort()
}

/** Keeps the URL that each source has of itself. */
const withOwnUrl: Plugin = {
  name: "with-own-url",
  setup: ({ onLoad }) =>
    onLoad({ filter: /\.ts$/ }, async ({ path }) => {
      const text = await readFile(path, "utf8")
      const url = JSON.stringify(pathToFileURL(path).href)
      return { contents: text.replaceAll(/\bimport\.meta\.url\b/g, url), loader: "ts" }
    }),
}

const OPTIONS = {
  bundle: true,
  format: "esm",
  platform: "node",
  target: "node20",
  keepNames: true,
  metafile: true,
  logLevel: "silent",
} satisfies BuildOptions

/** Writes what these sources import of the packages; resolves to `packages` of the bundle. */
const writePackages = async (root: string, sources: readonly string[], folder: string) => {
  const names = await importsOf(root, sources)
  const { metafile } = await build({
    ...OPTIONS,
    absWorkingDir: root,
    entryPoints: names.map((name, index) => ({ in: name, out: String(index) })),
    outdir: folder,
    outExtension: { ".js": ".mjs" },
    splitting: true,
    // As Node resolves them.
    conditions: [],
  })
  const urls = Object.entries(metafile.outputs).flatMap(([path, { entryPoint }]) =>
    entryPoint === undefined ? [] : [[urlIn(root, entryPoint), urlIn(root, path)]]
  )
  return Object.fromEntries(urls)
}

/** The sources that belong into the bundle, with the names that each exports. */
const modulesOf = async (root: string, sources: readonly string[]) => {
  const exportsOf = async (paths: string[]) =>
    (await build({
      ...OPTIONS,
      absWorkingDir: root,
      entryPoints: paths,
      packages: "external",
      write: false,
      outdir: "unwritten",
    })).metafile
  const { inputs } = await exportsOf(sources.filter((path) => ENTRIES.test(path)))
  const { outputs } = await exportsOf(Object.keys(inputs))
  return Object.values(outputs).map(({ entryPoint = "", exports }) => ({
    path: entryPoint,
    exports,
  }))
}

/** Writes the rooms as one file; resolves to `modules` of the bundle. */
const writeRooms = async (root: string, sources: readonly string[], file: string) => {
  const modules = await modulesOf(root, sources)
  const namespaces = modules.map(({ path }, index) =>
    `export * as m${index} from ${JSON.stringify(join(root, path))}\n`
  )
  await build({
    ...OPTIONS,
    absWorkingDir: root,
    stdin: { contents: namespaces.join(""), resolveDir: root },
    packages: "external",
    outfile: file,
    sourcemap: "inline",
    sourcesContent: false,
    plugins: [withOwnUrl],
  })
  const named = modules.map((
    { path, exports },
    index,
  ) => [urlIn(root, path), [`m${index}`, exports]])
  return Object.fromEntries(named)
}

/**
 * Writes the bundle of these sources into a folder, and what is in it. All that it holds share
 * their modules, as they do where they are.
 */
export const writeBundle = async (
  root: string,
  sources: readonly string[],
  folder: string,
): Promise<void> => {
  const into = join(folder, "bundle")
  const file = join(into, "rooms.mjs")
  const [packages, modules] = await Promise.all([
    writePackages(root, sources, into),
    writeRooms(root, sources, file),
  ])
  const bundle: Bundle = { packages, modules, rooms: pathToFileURL(file).href }
  await writeFile(join(folder, BUNDLE_FILE), JSON.stringify(bundle))
}

const urlIn = (root: string, path: string): string => pathToFileURL(join(root, path)).href
