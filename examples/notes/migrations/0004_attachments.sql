alter table notes add column file_name text not null default ''; -- a note without a file has none
alter table notes add column file bytea;
