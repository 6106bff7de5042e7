create table users (
	id   text primary key,
	name text not null unique,
	hash text not null -- of the password
);

alter table notes add column owner text references users (id); -- nobody sees a note without one
alter table notes add column title text not null default '';

create index notes_of_owner on notes (owner, title);
