/** Writes a new application: the template under its own name, and its manifests. */
import { access, copyFile, mkdir, readdir, readFile, writeFile } from "node:fs/promises"
import { basename, dirname, join } from "node:path"
import { fileURLToPath } from "node:url"
import { type Choice, WrongUse } from "./choice.ts"
import { denoManifest, manifest, type Versions } from "./manifests.ts"

const own = (path: string): string => fileURLToPath(new URL(path, import.meta.url))

/** The name of the application in the template. */
const PLACEHOLDER = "my-app"

/** Where files belong whose names npm would not pack, or this repository would obey. */
const PLACES: Readonly<Record<string, string>> = {
  gitignore: ".gitignore",
  dockerignore: ".dockerignore",
  "ci.yml": ".github/workflows/ci.yml",
  "ci-deno.yml": ".github/workflows/ci.yml",
  "deno.dockerfile": "Dockerfile",
  "node.dockerfile": "Dockerfile",
}

/** Files that only one of the two runtimes has. */
const OF_NODE = ["tsconfig.json", "tsconfig.build.json", "ci.yml", "node.dockerfile"]
const OF_DENO = ["ci-deno.yml", "deno.dockerfile"]

/** Holds the tarball that an application depends on, so that its folder is complete. */
const VENDOR = "vendor"

const requireEmpty = async (folder: string): Promise<void> => {
  const entries = await readdir(folder).catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return []
    throw new Error(`${folder} cannot be used (${error.code}): name another folder`)
  })
  if (entries.length === 0) return
  throw new Error(`${folder} is not empty: name another folder, or empty it`)
}

const versions = async (): Promise<Versions> =>
  JSON.parse(await readFile(own("./versions.json"), "utf8"))

/** Copies the tarball into the application; resolves to what its manifest depends on. */
const vendored = async (folder: string, tarball: string): Promise<string> => {
  await access(tarball).catch(() => {
    throw new Error(`there is no ${tarball}: name the tarball that npm run pack has made`)
  })
  const path = `${VENDOR}/${basename(tarball)}`
  await mkdir(join(folder, VENDOR), { recursive: true })
  await copyFile(tarball, join(folder, path))
  return `file:${path}`
}

const templateFiles = async ({ deno }: Choice): Promise<string[]> => {
  const entries = await readdir(own("./template"), { recursive: true, withFileTypes: true })
  const root = own("./template")
  return entries.filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(root.length + 1))
    .filter((path) => !(deno ? OF_NODE : OF_DENO).includes(path))
}

/** A text of the template as this application has it. */
const adapted = (text: string, { name, deno, leftfold }: Choice): string => {
  const named = leftfold === undefined
    ? text.replaceAll(PLACEHOLDER, name).replaceAll(/^# COPY vendor.*\n/gm, "")
    : text.replaceAll(PLACEHOLDER, name).replaceAll("# COPY vendor", "COPY vendor")
  if (!deno) return named
  return named.replaceAll("npm test", "deno task test")
    .replaceAll(/npm run (\w+)/g, "deno task $1")
    .replaceAll("npx leftfold", "deno task leftfold")
}

/** A package cannot depend on itself. Throws a `WrongUse` for the name of one that is needed. */
const requireOwnName = ({ name, deno }: Choice, known: Versions): void => {
  const { dependencies, devDependencies } = manifest(name, known, deno)
  if (!Object.hasOwn({ ...dependencies, ...devDependencies }, name)) return
  throw new WrongUse(`an application needs the package ${name}, so it must have another name`)
}

/** Writes the application into its folder. Resolves to the number of files. */
export const createApplication = async (choice: Choice): Promise<number> => {
  const { folder, name, deno, leftfold } = choice
  const known = await versions()
  requireOwnName(choice, known)
  await requireEmpty(folder)
  await mkdir(folder, { recursive: true })
  const range = leftfold === undefined ? known.leftfold : await vendored(folder, leftfold)
  const files = new Map<string, string>()
  for (const path of await templateFiles(choice)) {
    const text = await readFile(join(own("./template"), path), "utf8")
    files.set(PLACES[path] ?? path, adapted(text, choice))
  }
  const write = (path: string, value: unknown) =>
    files.set(path, `${JSON.stringify(value, undefined, 2)}\n`)
  write("package.json", manifest(name, { ...known, leftfold: range }, deno))
  if (deno) write("deno.json", denoManifest)
  for (const [path, text] of files) {
    await mkdir(dirname(join(folder, path)), { recursive: true })
    await writeFile(join(folder, path), text)
  }
  return files.size
}
