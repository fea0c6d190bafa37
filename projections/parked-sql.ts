/** The SQL of the books on parked and discarded events. */

/**
 * Parks events, within a save: takes the projection, the generation and the events as a JSON array
 * as the parameters 3, 4 and 5. What is parked already stays as it is.
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
 * Reads the first parked event of each key that is parked. Takes the keys as a JSON array, the
 * projection and the generation.
 */
export const FIRST_PARKED = `
select distinct on (key) key, context, sequence, index from leftfold.parked
where projection = $2 and generation = $3::integer
  and key in (select json_array_elements_text($1::text::json))
order by key, number`
