/** The SQL that keeps parked and discarded events. */

/**
 * Parks events within a save. Takes the projection, the generation and a JSON array of events as
 * parameters 3, 4 and 5. An event that is already parked stays as it is.
 */
export const PARK = `insert into leftfold.parked
    (projection, generation, key, context, sequence, index, type, actor, error, parked_at)
  select $3, $4::integer, key, context, sequence, index, type, actor, error, parked_at
  from json_to_recordset($5::text::json) as event (
    place integer, key text, context text, sequence bigint, index integer,
    type text, actor text, error text, parked_at timestamptz
  )
  where exists (select from fence)
  order by place
  on conflict do nothing`

/**
 * The condition for the parked events of a key. An index cannot hold a key of any length, so it
 * finds the key's hash.
 */
export const isOfKey = (key: string): string =>
  `parked.key_hash = hashtextextended(${key}, 0) and parked.key = ${key}`

/**
 * Reads the first parked event of each of these keys. Takes a JSON array of keys, the projection
 * and the generation.
 */
export const FIRST_PARKED = `
select "first".* from (
  select distinct key from json_array_elements_text($1::text::json) as wanted (key)
) as wanted cross join lateral (
  select key, context, sequence, index from leftfold.parked
  where projection = $2 and generation = $3::integer and ${isOfKey("wanted.key")}
  order by number, index limit 1
) as "first"
where exists (
  select from leftfold.parked where projection = $2 and generation = $3::integer
)`

/**
 * Removes parked events and answers them with their places in the queue. Takes the projection, the
 * generation and a JSON array of events.
 */
export const UNPARK = `delete from leftfold.parked
  using json_to_recordset($3::text::json) as gone (
    key text, context text, sequence bigint, index integer
  )
  where parked.projection = $1 and parked.generation = $2::integer and ${isOfKey("gone.key")}
    and parked.context = gone.context and parked.sequence = gone.sequence
    and parked.index = gone.index
  returning parked.key, parked.context, parked.sequence, parked.index, parked.number`

/** Parks events at places in the queue that they had before. Takes what `UNPARK` takes. */
export const PARK_AGAIN = `insert into leftfold.parked
    (number, projection, generation, key, context, sequence, index, type, actor, error, parked_at)
  overriding system value
  select number, $1, $2::integer, key, context, sequence, index, type, actor, error, parked_at
  from json_to_recordset($3::text::json) as event (
    number bigint, key text, context text, sequence bigint, index integer,
    type text, actor text, error text, parked_at timestamptz
  )`
