/** Builds the packages that users install: JavaScript, declarations and manifests, by plain tsc. */
import { execFile } from "node:child_process"
import { cp, mkdir, readFile, rm, writeFile } from "node:fs/promises"
import { join } from "node:path"
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

/** Compiles files, and with them every file that they import. Rejects with the compiler's text. */
const compile = async (
  root: string,
  files: readonly string[],
  rootFolder: string,
  outFolder: string,
  options: Readonly<Record<string, unknown>> = {},
): Promise<void> => {
  const config = `${outFolder}.tsconfig.json`
  await write(config, {
    extends: join(root, "tsconfig.json"),
    compilerOptions: {
      noEmit: false,
      rootDir: join(root, rootFolder),
      outDir: outFolder,
      declaration: true,
      rewriteRelativeImportExtensions: true,
      sourceMap: true,
      inlineSources: true,
      typeRoots: [join(root, "node_modules/@types")],
      ...options,
    },
    files: files.map((file) => join(root, file)),
    include: [],
  })
  const tsc = join(root, "node_modules/.bin/tsc")
  await promisify(execFile)(tsc, ["-p", config]).catch(({ stdout }: { stdout: string }) => {
    throw new Error(`the package does not compile:\n${stdout}`)
  })
  await rm(config)
}

const buildLeftfold = async (root: string, folder: string, manifest: RootManifest) => {
  const entries = [...new Set(Object.values(manifest.exports)), ...COMMAND_LINE]
  await compile(root, entries, ".", folder)
  for (const path of COPIED) await cp(join(root, path), join(folder, path), { recursive: true })
  await write(join(folder, "package.json"), packageManifest(manifest, await foldersIn(folder)))
}

/** The client alone: its door, and the files that it imports. */
const buildClient = async (root: string, folder: string, manifest: RootManifest) => {
  await compile(root, [entryOf(manifest, "./client")], ".", folder)
  await cp(join(root, "scripts/package/client.md"), join(folder, "README.md"))
  await cp(join(root, "LICENSE"), join(folder, "LICENSE"))
  await write(join(folder, "package.json"), clientManifest(manifest, await foldersIn(folder)))
}

const buildCreate = async (root: string, folder: string, manifest: RootManifest) => {
  const own = "create-leftfold"
  const options = { declaration: false, sourceMap: false, inlineSources: false }
  await compile(root, [`${own}/create.ts`], own, folder, options)
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
  await Promise.all([
    buildLeftfold(root, built.leftfold, manifest),
    buildClient(root, built.client, manifest),
    buildCreate(root, built.create, manifest),
  ])
  return built
}
