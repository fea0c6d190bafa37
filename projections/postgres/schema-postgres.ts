/** The store's own tables, in the schema `leftfold`. */
import type { Begin, Transaction } from "./transaction-postgres.ts"

/**
 * A key can be longer than an index takes, so parked events are found by its hash. Two keys can
 * have the same hash, so the key is always compared as well.
 */
const KEY_HASH = "key_hash bigint not null generated always as (hashtextextended(key, 0)) stored"

const PARKED_KEY = "projection, generation, key_hash, context, sequence, index"

const DEFINITION = `
create schema if not exists leftfold;
create table if not exists leftfold.projection (
  name text primary key,
  generations integer not null default 0
);
create table if not exists leftfold.generation (
  projection text not null references leftfold.projection (name),
  number integer not null,
  version text not null,
  state text not null check (state in ('building', 'serving', 'previous', 'refused')),
  table_name text not null,
  columns jsonb not null,
  key_column text not null,
  made timestamptz not null default now(),
  primary key (projection, number)
);
create unique index if not exists generation_serving
  on leftfold.generation (projection) where state = 'serving';
create table if not exists leftfold.raw_table (
  projection text not null,
  generation integer not null,
  name text not null,
  table_name text not null,
  primary key (projection, generation, name),
  foreign key (projection, generation) references leftfold.generation on delete cascade
);
create table if not exists leftfold.lane (
  projection text not null,
  generation integer not null,
  lane integer not null,
  first_slice integer not null,
  end_slice integer not null,
  revision bigint not null,
  positions jsonb not null,
  created jsonb not null,
  ahead jsonb not null,
  primary key (projection, generation, lane),
  foreign key (projection, generation) references leftfold.generation on delete cascade
);
create table if not exists leftfold.parked (
  number bigint generated always as identity,
  projection text not null,
  generation integer not null,
  key text not null,
  context text not null,
  sequence bigint not null,
  index integer not null,
  type text not null,
  actor text not null,
  error text,
  parked_at timestamptz not null,
  ${KEY_HASH},
  primary key (${PARKED_KEY}),
  foreign key (projection, generation) references leftfold.generation on delete cascade
);
create table if not exists leftfold.discarded (
  number bigint generated always as identity primary key,
  projection text not null,
  generation integer not null,
  last_generation integer not null,
  key text not null,
  context text not null,
  sequence bigint not null,
  index integer not null,
  type text not null,
  actor text not null,
  error text,
  discarded_at timestamptz not null,
  discarded_by text not null
);
create table if not exists leftfold.unreadable (
  context text not null,
  sequence bigint not null,
  subject text not null,
  reason text not null,
  noted_at timestamptz not null default now(),
  skipped_at timestamptz,
  skipped_by text,
  skip_reason text,
  primary key (context, sequence)
);
create table if not exists leftfold.worker (
  id text primary key,
  hosts jsonb not null,
  seen timestamptz not null default clock_timestamp()
)`

/** Copies what an earlier program parked; its index held the keys themselves. */
const CARRY_OVER = `
do $$ begin
  if not exists (
    select from pg_attribute
    where attrelid = 'leftfold.parked'::regclass and attname = 'key_hash' and not attisdropped
  ) then
    alter table leftfold.parked drop constraint parked_pkey,
      add column ${KEY_HASH}, add primary key (${PARKED_KEY});
  end if;
end $$;
create index if not exists parked_in_order
  on leftfold.parked (projection, generation, key_hash, number, index)`

/** Makes the tables unless they exist. If several processes do so at once, all but one wait. */
export const makeSchema = async (begin: Begin): Promise<void> => {
  await begin(async (transaction) => {
    await transaction`select pg_advisory_xact_lock(hashtext('leftfold'))`
    await transaction.unsafe(DEFINITION)
    await transaction.unsafe(CARRY_OVER)
  })
}

/** Locks a projection's generations for a transaction; answers how many it has ever had. */
export const lockProjection = async (
  transaction: Transaction,
  projection: string,
): Promise<number> => {
  await transaction`
    insert into leftfold.projection (name) values (${projection}) on conflict do nothing`
  const [row] = await transaction<{ generations: number }[]>`
    select generations from leftfold.projection where name = ${projection} for update`
  return row!.generations
}
