/** Rule: no folder is overfull, and no imports form a circle, between files or sub-rooms. */
import { circlesOf, contracted, importGraph } from "./graph.ts"
import {
  folderOf,
  isTest,
  nameOf,
  type Rule,
  type Tree,
  typeScriptOf,
  type Violation,
} from "./rule.ts"

/** The most source files in a folder, without tests, suites and fixtures. */
export const maxFiles = 25

/** The most entries at the top level, without lock files and names with a leading dot. */
export const maxTopLevel = 20

/** Refuses full folders, a crowded top level, and circles of imports. */
export const rooms: Rule = (tree: Tree) => [
  ...fullFolders(tree),
  ...crowdedTop(tree),
  ...circlesIn(tree),
]

function* fullFolders(tree: Tree): Generator<Violation> {
  const folders = new Map<string, string[]>()
  for (const [path] of typeScriptOf(tree)) {
    if (isTest(path)) continue
    folders.set(folderOf(path), [...folders.get(folderOf(path)) ?? [], path])
  }
  for (const [folder, paths] of folders) {
    if (paths.length <= maxFiles) continue
    const message = `${folder} holds ${paths.length} source files; the limit is ${maxFiles}: ` +
      "give a part of them a folder of its own"
    yield { path: paths[0] ?? folder, line: 1, rule: "rooms", message }
  }
}

function* crowdedTop(tree: Tree): Generator<Violation> {
  const entries = new Set([...tree.keys()].map((path) => path.split("/", 1)[0] ?? ""))
  const counted = [...entries].filter((entry) => !/^\.|(-lock\.json|\.lock)$/.test(entry))
  if (counted.length <= maxTopLevel) return
  const message = `the top level has ${counted.length} entries; the limit is ${maxTopLevel}`
  yield { path: "README.md", line: 1, rule: "rooms", message }
}

function* circlesIn(tree: Tree): Generator<Violation> {
  const graph = importGraph(tree)
  const ofRooms = circlesOf(contracted(graph, subRoomOf))
  const found = [
    ...circlesOf(graph),
    // A circle of files only is already reported.
    ...ofRooms.filter((circle) => !circle.every((each) => tree.has(each))),
  ]
  for (const circle of found) {
    const first = circle[0] ?? ""
    const path = tree.has(first) ? first : [...tree.keys()].find((each) => each.startsWith(first))
    const message = `these import each other in a circle: ${circle.join(", ")}; move what both ` +
      "need into a place of its own"
    yield { path: path ?? first, line: 1, rule: "rooms", message }
  }
}

/**
 * The sub-room of a file, such as `actors/host`. A file at the top of a room is a node of its own.
 * Doors are no nodes, because they lead everywhere.
 */
function subRoomOf(path: string): string | undefined {
  if (/^(mod|internal|testing)\.ts$/.test(nameOf(path))) return undefined
  const [room, second] = path.split("/")
  return path.split("/").length === 2 ? path : `${room}/${second}`
}
