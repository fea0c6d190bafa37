/** What compiled sources import and export, and which of them can be part of one script. */
import { dirname, join, relative, resolve } from "node:path"

/** A compiled source. */
export interface CompiledSource {
  /** The source's own path from the root of the project. */
  readonly path: string
  readonly code: string
  /** What it imports when it is loaded, as it says it. */
  readonly imports: readonly string[]
  /** What it exports by name. */
  readonly exports: readonly string[]
}

/** What a program or a test imports, and nothing else does, is not worth to be in a script. */
const ENTRY = /\.test\.ts$|\.d\.ts$/

const ALL_OF = /^export \* from "(\.[^"]*)";$/gm
const IS_BUILTIN = /^node:/

/** A script has no `await` of its own; this finds most of those at the top of a module. */
const AWAITS = /^(?:(?:const|let|var) [^=\n]+ = )?(?:for )?await\b/m

const importedBy = (path: string, specifier: string): string =>
  relative(".", resolve(".", join(dirname(path), specifier)))

/** The sources of a project, by their paths. */
export class SourceGraph {
  readonly #sources: ReadonlyMap<string, CompiledSource>
  /** The path of each own entry point by its name, such as `leftfold/app`. */
  readonly #own: ReadonlyMap<string, string>

  constructor(sources: Iterable<CompiledSource>, own: ReadonlyMap<string, string>) {
    this.#sources = new Map([...sources].map((source) => [source.path, source]))
    this.#own = own
  }

  /** The path of an imported source; nothing for a package. */
  target(path: string, specifier: string): string | undefined {
    return specifier.startsWith(".") ? importedBy(path, specifier) : this.#own.get(specifier)
  }

  /** The names of the packages that some source imports, without those of the runtime. */
  packages(): readonly string[] {
    const all = [...this.#sources.values()].flatMap(({ path, imports }) =>
      imports.filter((each) => this.target(path, each) === undefined && !IS_BUILTIN.test(each))
    )
    return [...new Set(all)].sort()
  }

  /** All that a source exports, with what it exports of others. */
  exportsOf(path: string, seen: ReadonlySet<string> = new Set()): readonly string[] {
    const { code = "", exports = [] } = this.#sources.get(path) ?? {}
    if (seen.has(path)) return exports
    const others = [...code.matchAll(ALL_OF)].flatMap(([, from = ""]) =>
      this.exportsOf(importedBy(path, from), new Set([...seen, path]))
    )
    return [...new Set([...exports, ...others.filter((each) => each !== "default")])].sort()
  }

  /**
   * The sources of one script: none waits while it is loaded, and all that they import are in it,
   * are of the runtime or are packages for which `isBundled` holds. `waiting` are sources that are
   * known to wait.
   */
  bundled(
    isBundled: (name: string) => boolean,
    waiting: ReadonlySet<string> = new Set(),
  ): ReadonlySet<string> {
    const able = new Set<string>()
    for (const { path, code } of this.#sources.values()) {
      if (!ENTRY.test(path) && !waiting.has(path) && !AWAITS.test(code)) able.add(path)
    }
    const fits = (path: string) =>
      this.#sources.get(path)!.imports.every((each) => {
        const target = this.target(path, each)
        return target === undefined ? IS_BUILTIN.test(each) || isBundled(each) : able.has(target)
      })
    for (let size = -1; size !== able.size;) {
      size = able.size
      for (const path of able) if (!fits(path)) able.delete(path)
    }
    return able
  }
}
