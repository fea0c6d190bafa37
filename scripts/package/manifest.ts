/** The manifests of the packages that users install, made from the repository's own. */

/** What this repository's package.json says, as far as the packages need it. */
export interface RootManifest {
  readonly name: string
  readonly version: string
  readonly description: string
  readonly license: string
  readonly engines: Readonly<Record<string, string>>
  /** The source file of each published name. */
  readonly exports: Readonly<Record<string, string>>
  readonly bin: Readonly<Record<string, string>>
  readonly dependencies: Readonly<Record<string, string>>
  readonly optionalDependencies: Readonly<Record<string, string>>
  readonly devDependencies: Readonly<Record<string, string>>
}

/** Packages whose types users write: an application and Leftfold must share one copy of each. */
const PEERS = ["effect", "hono"] as const

/** Packages that are used where an application has them. */
const OPTIONAL_PEERS = ["@opentelemetry/api", "jose"] as const

/** Only the sources of this repository need these at run time. */
const SOURCE_ONLY = ["tsx"] as const

/** The range of a package that the repository depends on. Throws when it does not. */
export const rangeOf = (root: RootManifest, name: string): string => {
  const range = root.dependencies[name] ?? root.devDependencies[name]
  if (range === undefined) throw new Error(`package.json does not depend on ${name}`)
  return range
}

const without = (
  all: Readonly<Record<string, string>>,
  names: readonly string[],
): Record<string, string> =>
  Object.fromEntries(Object.entries(all).filter(([name]) => !names.includes(name)))

/** The JavaScript that a source file is compiled to. */
const compiledName = (source: string): string => source.replace(/\.ts$/, ".js")

/** The declarations that belong to a source file. */
const declarationsName = (source: string): string => source.replace(/\.ts$/, ".d.ts")

const exportsOf = ({ exports }: RootManifest): Record<string, unknown> => ({
  ...Object.fromEntries(
    Object.entries(exports).map(([name, source]) => [
      name,
      { types: declarationsName(source), default: compiledName(source) },
    ]),
  ),
  "./package.json": "./package.json",
})

const shared = ({ version, license, engines }: RootManifest) => ({
  version,
  license,
  type: "module",
  engines,
})

/** The manifest of `leftfold`. Its modules stand in the same folders as their sources. */
export const packageManifest = (root: RootManifest, folders: readonly string[]) => ({
  name: root.name,
  description: root.description,
  ...shared(root),
  keywords: ["event-sourcing", "cqrs", "actors", "nats", "jetstream", "postgres"],
  exports: exportsOf(root),
  bin: root.bin,
  files: [...folders, "CHANGELOG.md"],
  dependencies: without(root.dependencies, [...PEERS, ...OPTIONAL_PEERS, ...SOURCE_ONLY]),
  // Nothing optional: npm would install it in production where an application uses it to develop.
  peerDependencies: Object.fromEntries(
    [...PEERS, ...OPTIONAL_PEERS].map((name) => [name, rangeOf(root, name)]),
  ),
  peerDependenciesMeta: Object.fromEntries(
    OPTIONAL_PEERS.map((name) => [name, { optional: true }]),
  ),
})

/** The source file behind a published name. Throws when it is not published. */
export const entryOf = ({ exports }: RootManifest, name: string): string => {
  const source = exports[name]
  if (source === undefined) throw new Error(`package.json does not export ${name}`)
  return source
}

/** The package of the NATS client, by the name that our files import it as. */
const NATS = "nats"

/** The manifest of `leftfold-client`, which is `leftfold/client` alone. */
export const clientManifest = (root: RootManifest, folders: readonly string[]) => ({
  name: "leftfold-client",
  description: "Sends commands to a Leftfold application and asks its queries, over NATS",
  ...shared(root),
  keywords: ["leftfold", "event-sourcing", "cqrs", "nats"],
  exports: exportsOf({ ...root, exports: { ".": entryOf(root, "./client") } }),
  files: folders,
  dependencies: { [NATS]: rangeOf(root, NATS) },
})

/** The manifest of `create-leftfold`. It depends on nothing. */
export const createManifest = (root: RootManifest) => ({
  name: "create-leftfold",
  description: "Writes a new Leftfold application: npm create leftfold@latest my-app",
  ...shared(root),
  bin: { "create-leftfold": "./create.js" },
  files: ["*.js", "template", "versions.json"],
})
