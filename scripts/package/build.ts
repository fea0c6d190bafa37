/** Builds the packages that users install: JavaScript, declarations and manifests, by plain tsc. */
import { execFile } from "node:child_process"
import { cp, mkdir, readFile, rm, writeFile } from "node:fs/promises"
import { join, relative } from "node:path"
import { promisify } from "node:util"
import {
  clientManifest,
  createManifest,
  entryOf,
  packageManifest,
  type RootManifest,
} from "./manifest.ts"
import { foldersIn } from "./contents.ts"
import { versionsFor } from "./versions.ts"

/** The folders of the built packages. */
export interface Built {
  readonly leftfold: string
  readonly client: string
  readonly create: string
  readonly version: string
}

/** The files of a package that are copied as they are. */
const COPIED = [
  ...["LICENSE", "README.md", "CHANGELOG.md", "cli/bin.js"],
  ...["app/deploy/template", "cli/console/page"],
] as const

/** Where an installed command line begins. Its modules are found from there. */
const COMMAND_LINE = [
  ...["cli/main.ts", "cli/peers.ts", "cli/run/develop-app.ts", "cli/chaos/role.ts"],
] as const

const read = async (root: string): Promise<RootManifest> =>
  JSON.parse(await readFile(join(root, "package.json"), "utf8"))

const write = (path: string, value: unknown): Promise<void> =>
  writeFile(path, `${JSON.stringify(value, undefined, 2)}\n`)

type CompilerOptions = Readonly<Record<string, unknown>>

/** JavaScript. Its comments stand in the declarations and the source maps, so not here as well. */
const MODULES: CompilerOptions = { sourceMap: true, inlineSources: true, removeComments: true }

/** Declarations of what has been compiled, and so checked, as modules. */
const DECLARATIONS: CompilerOptions = {
  declaration: true,
  emitDeclarationOnly: true,
  noCheck: true,
}

/** Runs the compiler on files, and with them on every file that they import. */
const tsc = async (
  root: string,
  files: readonly string[],
  outFolder: string,
  options: CompilerOptions,
  ...args: readonly string[]
): Promise<string> => {
  const config = `${outFolder}.${options.declaration ? "declarations" : "modules"}.json`
  await write(config, {
    extends: join(root, "tsconfig.json"),
    compilerOptions: {
      rootDir: root,
      outDir: outFolder,
      rewriteRelativeImportExtensions: true,
      typeRoots: [join(root, "node_modules/@types")],
      ...options,
    },
    files: files.map((file) => join(root, file)),
    include: [],
  })
  try {
    const program = join(root, "node_modules/.bin/tsc")
    const listed = { maxBuffer: 16 * 1_048_576 }
    return (await promisify(execFile)(program, ["-p", config, ...args], listed)).stdout
  } finally {
    await rm(config)
  }
}

/** Compiles files. Rejects with the compiler's text. */
const compile = async (...given: Parameters<typeof tsc>): Promise<void> => {
  const [root, files, outFolder, options] = given
  await tsc(root, files, outFolder, { noEmit: false, ...options })
    .catch(({ stdout, message }: Error & { readonly stdout?: string }) => {
      throw new Error(`the package does not compile:\n${stdout ?? message}`)
    })
}

/** The files of ours that a file imports, and itself, as paths within the repository. */
const importedBy = async (root: string, file: string, outFolder: string): Promise<string[]> => {
  const listed = await tsc(root, [file], outFolder, {}, "--listFilesOnly")
  return listed.split("\n")
    .map((path) => relative(root, path.trim()))
    .filter((path) => path.endsWith(".ts") && !/^\.\.|(^|\/)node_modules\//.test(path))
}

const buildLeftfold = async (
  root: string,
  folder: string,
  manifest: RootManifest,
): Promise<string> => {
  const doors = [...new Set(Object.values(manifest.exports))]
  await Promise.all([
    compile(root, [...doors, ...COMMAND_LINE], folder, MODULES),
    compile(root, doors, folder, DECLARATIONS),
  ])
  for (const path of COPIED) await cp(join(root, path), join(folder, path), { recursive: true })
  await write(join(folder, "package.json"), packageManifest(manifest, await foldersIn(folder)))
  return folder
}

/** The client alone: its door, and the files that it imports, as they are in `leftfold`. */
const buildClient = async (
  root: string,
  folder: string,
  manifest: RootManifest,
  leftfold: Promise<string>,
) => {
  const sources = await importedBy(root, entryOf(manifest, "./client"), folder)
  const from = await leftfold
  for (const path of sources.map((source) => source.replace(/\.ts$/, ""))) {
    for (const kind of [".js", ".js.map", ".d.ts"]) {
      await cp(join(from, path + kind), join(folder, path + kind))
    }
  }
  await cp(join(root, "scripts/package/client.md"), join(folder, "README.md"))
  await cp(join(root, "LICENSE"), join(folder, "LICENSE"))
  await write(join(folder, "package.json"), clientManifest(manifest, await foldersIn(folder)))
}

const buildCreate = async (root: string, folder: string, manifest: RootManifest) => {
  const own = "create-leftfold"
  const options = { rootDir: join(root, own), removeComments: true }
  await compile(root, [`${own}/create.ts`], folder, options)
  for (const path of ["README.md", "template"]) {
    await cp(join(root, own, path), join(folder, path), { recursive: true })
  }
  await cp(join(root, "LICENSE"), join(folder, "LICENSE"))
  await write(join(folder, "versions.json"), versionsFor(manifest))
  await write(join(folder, "package.json"), createManifest(manifest))
}

/** Builds the packages of the repository at `root` into folders of `target`, which it empties. */
export const buildPackages = async (root: string, target: string): Promise<Built> => {
  const manifest = await read(root)
  const built = {
    leftfold: join(target, "leftfold"),
    client: join(target, "leftfold-client"),
    create: join(target, "create-leftfold"),
    version: manifest.version,
  }
  await mkdir(target, { recursive: true })
  for (const folder of [built.leftfold, built.client, built.create]) {
    await rm(folder, { recursive: true, force: true })
  }
  const leftfold = buildLeftfold(root, built.leftfold, manifest)
  await Promise.all([
    leftfold,
    buildClient(root, built.client, manifest, leftfold),
    buildCreate(root, built.create, manifest),
  ])
  return built
}
