/** Runs statements once, over a new connection. */
import postgres from "postgres"

/** Runs statements separated by semicolons; resolves to the rows of the last one. */
export async function runSql(url: string, statements: string): Promise<readonly object[]> {
  const sql = postgres(url, { max: 1, onnotice: () => {} })
  try {
    return [...await sql.unsafe(statements)]
  } finally {
    await sql.end({ timeout: 1 })
  }
}
