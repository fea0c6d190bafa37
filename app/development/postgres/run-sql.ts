/** Statements that are run once, over a connection of their own. */
import postgres from "postgres"

/** Runs statements, separated by semicolons, and answers the rows of the last one. */
export async function runSql(url: string, statements: string): Promise<readonly object[]> {
  const sql = postgres(url, { max: 1, onnotice: () => {} })
  try {
    return [...await sql.unsafe(statements)]
  } finally {
    await sql.end({ timeout: 1 })
  }
}
