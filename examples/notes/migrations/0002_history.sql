create table history (
	at   bigint not null, -- seconds since 1970
	note text not null,
	what text not null
);

create index history_of_note on history (note, at);
