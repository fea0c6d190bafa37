/** A time as text: JavaScript's and Postgres' texts differ for years far away. */

const ISO = /^([+-]\d{6}|\d{4})(-.*)$/
const POSTGRES = /^(\d{4,})(-\d\d-\d\d)[T ](\d\d:\d\d:\d\d(?:\.\d+)?)\+00(?::00)?( BC)?$/

/** Whether both write the same text for a time of this year. */
const isNear = (year: number): boolean => year >= 1 && year <= 9_999

/** Turns ISO 8601, which has six digits and a sign for far years, into what Postgres takes. */
export const timeToPostgres = (iso: string): string => {
  const [, digits = "", rest = ""] = ISO.exec(iso) ?? []
  const year = Number(digits)
  if (digits === "" || isNear(year)) return iso
  // Postgres has no year 0: the year 0 of ISO 8601 is 1 BC.
  return year > 0 ? `${year}${rest}` : `${String(1 - year).padStart(4, "0")}${rest} BC`
}

/** A time that Postgres wrote in UTC, as text or as JSON. Throws `TypeError` for anything else. */
export const timeFromPostgres = (text: string): Date => {
  const [, digits, date, time, isBefore] = POSTGRES.exec(text) ?? []
  if (digits === undefined) throw new TypeError(`"${text}" is not a time in UTC`)
  const year = isBefore ? 1 - Number(digits) : Number(digits)
  const sign = year < 0 ? "-" : "+"
  const shown = isNear(year) ? digits : `${sign}${String(Math.abs(year)).padStart(6, "0")}`
  return new Date(`${shown}${date}T${time}Z`)
}
