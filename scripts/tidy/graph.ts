/** The import graph, and the circles in it. */
import { importsOf, isRelative, resolveFrom } from "./import-statement.ts"
import { isTest, type Tree, typeScriptOf } from "./rule.ts"

/** What each node leads to. */
export type Graph = ReadonlyMap<string, ReadonlySet<string>>

/** Which file imports which, types included, without tests. */
export function importGraph(tree: Tree): Graph {
  const graph = new Map<string, Set<string>>()
  for (const [path, text] of typeScriptOf(tree)) {
    if (isTest(path)) continue
    const targets = importsOf(text).filter(({ specifier }) => isRelative(specifier))
      .map(({ specifier }) => resolveFrom(path, specifier))
    graph.set(path, new Set(targets.filter((target) => tree.has(target))))
  }
  return graph
}

/** The same graph with nodes merged for which `nodeOf` gives the same name. */
export function contracted(graph: Graph, nodeOf: (path: string) => string | undefined): Graph {
  const result = new Map<string, Set<string>>()
  for (const [path, targets] of graph) {
    const from = nodeOf(path)
    if (from === undefined) continue
    const known = result.get(from) ?? new Set()
    result.set(from, known)
    for (const target of targets) {
      const to = nodeOf(target)
      if (to !== undefined && to !== from) known.add(to)
    }
  }
  return result
}

/** Every circle: nodes that can all reach each other, sorted. Tarjan's algorithm. */
export function circlesOf(graph: Graph): readonly (readonly string[])[] {
  const circles: string[][] = []
  const order = new Map<string, number>()
  const lowest = new Map<string, number>()
  const open: string[] = []
  const visit = (node: string): void => {
    order.set(node, order.size)
    lowest.set(node, order.get(node)!)
    open.push(node)
    for (const next of graph.get(node) ?? []) {
      if (!order.has(next)) visit(next)
      const reached = open.includes(next) ? lowest.get(next)! : Infinity
      lowest.set(node, Math.min(lowest.get(node)!, reached))
    }
    if (lowest.get(node) !== order.get(node)) return
    const circle = open.splice(open.indexOf(node))
    if (circle.length > 1) circles.push(circle.sort())
  }
  for (const node of graph.keys()) if (!order.has(node)) visit(node)
  return circles
}
