/** The roles of Postgres: one owns the views, one answers queries, and one is for people. */
import { viewSchema } from "../../projections/internal.ts"
import type { AppDefinition } from "../app.ts"

/**
 * The roles: `leftfold_projections` owns the views and nothing else, `leftfold_queries` reads them
 * to answer queries, and `leftfold_reader` is for people and their reports.
 */
export const DATABASE_ROLES = {
  projections: "leftfold_projections",
  queries: "leftfold_queries",
  reader: "leftfold_reader",
} as const

/** The purpose of a role. */
export type DatabaseRole = keyof typeof DATABASE_ROLES

const { projections: OWNER, queries: QUERIES, reader: READER } = DATABASE_ROLES

const literal = (text: string): string => `'${text.replaceAll("'", "''")}'`

/** Makes a role. All databases of a server share the roles, so another may make it just now. */
const makeRole = (role: string): string =>
  `do $$ begin
  create role ${role} login;
exception when duplicate_object or unique_violation then null;
end $$;
`

/** Lets the other roles read all that the owner makes from now on, in any schema. */
const DEFAULTS = `alter default privileges for role ${OWNER}
  grant usage on schemas to ${QUERIES}, ${READER};
alter default privileges for role ${OWNER}
  grant select on tables to ${QUERIES}, ${READER};
`

/** Gives the owner the schemas, tables and views that others made before there were roles. */
const takeOver = (schemas: readonly string[]): string =>
  `do $$ declare
  each record;
begin
  execute format('grant connect, create on database %I to ${OWNER}', current_database());
  execute format('grant connect on database %I to ${QUERIES}, ${READER}', current_database());
  for each in select nspname as name from pg_namespace
    where nspname in (${schemas.map(literal).join(", ")})
  loop
    execute format('alter schema %I owner to ${OWNER}', each.name);
    execute format('grant usage on schema %I to ${QUERIES}, ${READER}', each.name);
    execute format('grant select on all tables in schema %I to ${QUERIES}, ${READER}', each.name);
  end loop;
  for each in select oid::regclass as name, relkind as kind from pg_class
    where relnamespace in (
      select oid from pg_namespace where nspname in (${schemas.map(literal).join(", ")}))
      and relkind in ('r', 'v')
  loop
    execute format('alter %s %s owner to ${OWNER}',
      case each.kind when 'v' then 'view' else 'table' end, each.name);
  end loop;
end $$;
`

/**
 * The SQL that makes these roles and gives them their permissions. Run it in the application's
 * database as a superuser. Running it again changes nothing. The roles have no passwords yet.
 */
export const databaseRoles = ({ projections }: AppDefinition): string => {
  const schemas = ["leftfold", ...new Set(projections.map(viewSchema))]
  return [...Object.values(DATABASE_ROLES).map(makeRole), DEFAULTS, takeOver(schemas)].join("\n")
}

/** The environment variable of psql that holds the password of a role. */
export const databasePasswordVariable = (role: DatabaseRole): string =>
  `LEFTFOLD_DATABASE_${role.toUpperCase()}_PASSWORD`

/** The same SQL for `psql`, with the passwords from the environment of `psql`. */
export const databaseRolesText = (app: AppDefinition): string => {
  const passwords = Object.entries(DATABASE_ROLES).map(([name, role]) =>
    `\\getenv ${name} ${databasePasswordVariable(name as DatabaseRole)}
alter role ${role} password :'${name}';
`
  )
  return [databaseRoles(app), ...passwords].join("\n")
}

/**
 * The SQL that sets the passwords of existing roles. A password can also be given as the verifier
 * that Postgres stores.
 */
export const databasePasswords = (passwordOf: (role: DatabaseRole) => string): string =>
  Object.entries(DATABASE_ROLES).map(([name, role]) =>
    `alter role ${role} password ${literal(passwordOf(name as DatabaseRole))};\n`
  ).join("")

/**
 * The addresses of one database for the projections and for the queries, each with its own role.
 * Without `passwordOf`, both keep the password of the given address.
 */
export const databaseUrlsOf = (
  url: string,
  passwordOf?: (role: DatabaseRole) => string,
) => {
  const as = (role: DatabaseRole): string => {
    const address = new URL(url)
    address.username = DATABASE_ROLES[role]
    if (passwordOf) address.password = passwordOf(role)
    return address.href
  }
  return { databaseUrl: as("projections"), queriesUrl: as("queries") }
}
