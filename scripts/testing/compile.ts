/** Compiles the sources of the project once for all processes of a test run. */
import { mkdir, readFile, writeFile } from "node:fs/promises"
import { dirname, join, relative } from "node:path"
import { build, type Metafile } from "esbuild"
import { makeTemporaryFolder, removeFolder } from "../../testing/temporary-folder.ts"
import { writeBundle } from "./bundle.ts"
import { type CompiledSource, SourceGraph } from "./source-graph.ts"

/** A compiled project. */
export interface Compiled {
  /** Holds a script of most sources, and each other one by its absolute path, as JavaScript. */
  readonly folder: string
  /** Deletes it. */
  readonly stop: () => Promise<void>
}

/** The name of each entry point of the project's own package, with its path. */
const entryPoints = async (root: string): Promise<ReadonlyMap<string, string>> => {
  const manifest = await readFile(join(root, "package.json"), "utf8").catch(() => "{}")
  const { name, exports = {} } = JSON.parse(manifest)
  return new Map(
    Object.entries<string>(exports).map(([each, path]) => [join(name, each), join(path)]),
  )
}

const sourceOf = (code: string, output: Metafile["outputs"][string]): CompiledSource => ({
  path: output.entryPoint ?? "",
  code,
  imports: output.imports.filter(({ kind }) => kind === "import-statement").map(({ path }) => path),
  exports: output.exports,
})

/** Compiles sources, which are paths from `root`. Rejects when one of them is no TypeScript. */
export const compileSources = async (
  root: string,
  sources: readonly string[],
): Promise<Compiled> => {
  const folder = await makeTemporaryFolder()
  const stop = () => removeFolder(folder)
  try {
    const { outputFiles, metafile } = await build({
      absWorkingDir: root,
      entryPoints: [...sources],
      outdir: join(folder, root),
      outbase: root,
      format: "esm",
      target: "node20",
      sourcemap: "inline",
      sourcesContent: false,
      logLevel: "silent",
      metafile: true,
      write: false,
    })
    const compiled = outputFiles.map(({ path, text }) => ({
      path,
      text,
      source: sourceOf(text, metafile.outputs[relative(root, path)]!),
    }))
    const graph = new SourceGraph(compiled.map(({ source }) => source), await entryPoints(root))
    const bundled = await writeBundle(root, graph, folder)
    await Promise.all(compiled.map(async ({ path, text, source }) => {
      if (bundled.has(source.path)) return
      await mkdir(dirname(path), { recursive: true })
      await writeFile(path, text)
    }))
    return { folder, stop }
  } catch (error) {
    await stop()
    throw error
  }
}
