-- The roles of Postgres, for psql as a superuser, made by `npm run deploy:users`.
do $$ begin
  create role leftfold_projections login;
exception when duplicate_object or unique_violation then null;
end $$;

do $$ begin
  create role leftfold_queries login;
exception when duplicate_object or unique_violation then null;
end $$;

do $$ begin
  create role leftfold_reader login;
exception when duplicate_object or unique_violation then null;
end $$;

alter default privileges for role leftfold_projections
  grant usage on schemas to leftfold_queries, leftfold_reader;
alter default privileges for role leftfold_projections
  grant select on tables to leftfold_queries, leftfold_reader;

do $$ declare
  each record;
begin
  execute format('grant connect, create on database %I to leftfold_projections', current_database());
  execute format('grant connect on database %I to leftfold_queries, leftfold_reader', current_database());
  for each in select nspname as name from pg_namespace
    where nspname in ('leftfold', 'orders', 'customers', 'products', 'stock', 'payments')
  loop
    execute format('alter schema %I owner to leftfold_projections', each.name);
    execute format('grant usage on schema %I to leftfold_queries, leftfold_reader', each.name);
    execute format('grant select on all tables in schema %I to leftfold_queries, leftfold_reader', each.name);
  end loop;
  for each in select oid::regclass as name, relkind as kind from pg_class
    where relnamespace in (
      select oid from pg_namespace where nspname in ('leftfold', 'orders', 'customers', 'products', 'stock', 'payments'))
      and relkind in ('r', 'v')
  loop
    execute format('alter %s %s owner to leftfold_projections',
      case each.kind when 'v' then 'view' else 'table' end, each.name);
  end loop;
end $$;

\getenv projections LEFTFOLD_DATABASE_PROJECTIONS_PASSWORD
alter role leftfold_projections password :'projections';

\getenv queries LEFTFOLD_DATABASE_QUERIES_PASSWORD
alter role leftfold_queries password :'queries';

\getenv reader LEFTFOLD_DATABASE_READER_PASSWORD
alter role leftfold_reader password :'reader';
