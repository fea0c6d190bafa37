/** The SQL of a lane's revision, which no two saves share. */

/**
 * The revision after `revision`. It contains the time in microseconds. A plain counter would
 * reach the same value again after Postgres lost saves, and a worker that remembers that value
 * could then save on top of lost rows.
 */
export const NEXT_REVISION =
  "greatest(revision + 1, (extract(epoch from clock_timestamp()) * 1000000)::bigint)"
