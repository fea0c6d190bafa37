/** The store's memory twin. */
import { Unavailable } from "../contracts/mod.ts"
import type { Changes } from "./fold.ts"
import type { AnyProjection, PlainRow } from "./projection.ts"
import type { MemoryTools } from "./query-handler.ts"
import { RefusedRow } from "./refused-row.ts"
import { type Checkpoint, NotMade, type Store } from "./store.ts"

interface View {
  readonly rows: Map<string, PlainRow>
  checkpoint: Checkpoint
}

/** The first row that would have the same as another one in the columns of a unique index. */
const refusedOf = (
  { keyColumn, indexes }: AnyProjection,
  before: ReadonlyMap<string, PlainRow>,
  { upserts, deletes }: Changes,
): RefusedRow | undefined => {
  const unique = indexes.filter((index) => index.unique)
  if (unique.length === 0) return undefined
  const rows = new Map(before)
  for (const key of deletes) rows.delete(key)
  // What is written now comes last, so that of two rows it is the one that is refused.
  for (const row of upserts) rows.delete(String(row[keyColumn]))
  for (const row of upserts) rows.set(String(row[keyColumn]), row)
  for (const { columns } of unique) {
    const seen = new Set<string>()
    for (const [key, row] of rows) {
      const values = columns.map((column) => row[column] ?? null)
      if (values.includes(null)) continue
      const text = JSON.stringify(values)
      if (seen.has(text)) return new RefusedRow(key, `another has the same ${columns.join(", ")}`)
      seen.add(text)
    }
  }
  return undefined
}

/** Makes a store that lives as long as the object does. */
export const memoryStore = (): Store => {
  const views = new Map<string, View>()

  const viewOf = ({ name }: AnyProjection): View => {
    const known = views.get(name)
    if (known) return known
    const view = { rows: new Map(), checkpoint: { revision: 0, positions: {}, created: {} } }
    views.set(name, view)
    return view
  }

  const tools: MemoryTools = {
    rows: (projection) =>
      [...viewOf(projection).rows.values()]
        .map((row) => projection.codec.decode(row)) as ReturnType<MemoryTools["rows"]> as never,
  }

  return {
    prepare: (projection) => {
      viewOf(projection)
      return Promise.resolve()
    },
    checkpoint: (projection) => {
      const view = views.get(projection.name)
      return view ? Promise.resolve(view.checkpoint) : Promise.reject(new NotMade(projection))
    },
    load: (projection, keys) => {
      const { rows } = viewOf(projection)
      const found = keys.flatMap((key) => {
        const row = rows.get(key)
        return row ? [[key, row] as const] : []
      })
      return Promise.resolve(new Map(found))
    },
    row: (projection, key) => Promise.resolve(viewOf(projection).rows.get(key)),
    save: (projection, { upserts, deletes }, before, after) => {
      const view = viewOf(projection)
      if (view.checkpoint.revision !== before.revision) return Promise.resolve(false)
      const refused = refusedOf(projection, view.rows, { upserts, deletes })
      if (refused) return Promise.reject(refused)
      for (const row of upserts) view.rows.set(String(row[projection.keyColumn]), row)
      for (const key of deletes) view.rows.delete(key)
      view.checkpoint = { ...after, revision: before.revision + 1 }
      return Promise.resolve(true)
    },
    answer: ({ query, memory }, params) => {
      if (memory) return Promise.resolve(memory(params, tools))
      return Promise.reject(
        new Unavailable({ message: `${query.name} has no memory handler; it needs Postgres` }),
      )
    },
  }
}
