/** Keeps unreadable messages in Postgres. */
import type { Sql } from "postgres"
import { storableJson } from "./storable-json.ts"
import type { NotedMessage, UnreadableMessage, Unreadables } from "../store/unreadable.ts"
import { guarded, unlessUnmade } from "./connection-postgres.ts"

interface NotedRow extends UnreadableMessage {
  readonly noted_at: Date
  readonly skipped_at: Date | null
  readonly skipped_by: string | null
  readonly skip_reason: string | null
}

const notedOf = ({ context, sequence, subject, reason, ...row }: NotedRow): NotedMessage => ({
  ...{ context, sequence, subject, reason },
  notedAt: row.noted_at,
  ...(row.skipped_at
    ? { skipped: { by: row.skipped_by!, reason: row.skip_reason!, at: row.skipped_at } }
    : {}),
})

/** Keeps them over these connections. */
export const postgresUnreadables = (sql: Sql): Unreadables => ({
  noteUnreadable: (messages) =>
    guarded(async () => {
      await sql`
        insert into leftfold.unreadable (context, sequence, subject, reason)
        select context, sequence, subject, reason
        from json_to_recordset(${storableJson(messages)}::text::json)
          as message (context text, sequence bigint, subject text, reason text)
        on conflict do nothing`
    }),

  noteSkipped: (skips) =>
    guarded(async () => {
      const said = [...skips].map(({ context, sequence, by, reason, time }) => ({
        ...{ context, sequence, by, reason },
        at: new Date(time).toISOString(),
      }))
      if (said.length === 0) return
      // Where no view has run yet, nothing is noted that could be skipped.
      await unlessUnmade(async () => {
        await sql`
          update leftfold.unreadable as noted
          set skipped_at = said.at, skipped_by = said.by, skip_reason = said.reason
          from json_to_recordset(${storableJson(said)}::text::json)
            as said (context text, sequence bigint, by text, reason text, at timestamptz)
          where noted.context = said.context and noted.sequence = said.sequence`
      }, undefined)
    }),

  unreadable: (contexts, most) =>
    guarded(() =>
      unlessUnmade(async () => {
        const rows = await sql<NotedRow[]>`
          select * from leftfold.unreadable
          where context in (select json_array_elements_text(${
          JSON.stringify(contexts)
        }::text::json))
          order by context, sequence limit ${most}`
        return rows.map(notedOf)
      }, [])
    ),

  unreadableCounts: () =>
    guarded(() =>
      unlessUnmade(async () => {
        const rows = await sql<{ context: string; count: number }[]>`
          select context, count(*) as count from leftfold.unreadable
          where skipped_at is null group by context`
        return new Map(rows.map(({ context, count }) => [context, count]))
      }, new Map())
    ),
})
