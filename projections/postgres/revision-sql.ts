/** The SQL of a lane's revision, which no two saves have in common. */

/**
 * The revision after `revision`. The time in microseconds is in it, as one that was counted comes
 * again where Postgres has lost saves: who knows it from before could save what is no longer so.
 */
export const NEXT_REVISION =
  "greatest(revision + 1, (extract(epoch from clock_timestamp()) * 1000000)::bigint)"
