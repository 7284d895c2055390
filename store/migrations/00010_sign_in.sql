-- +goose Up

-- A link that was mailed: good once, for a while, in the browser that asked.
create table sign_ins (
  id         bigint generated always as identity primary key,
  folded     text not null, -- the address that asked
  browser    bytea not null check (length(browser) = 32), -- SHA-256 of that browser's cookie
  agent      text not null default '', -- what the browser calls itself
  created_at timestamptz not null default now(),
  expires_at timestamptz not null,
  used_at    timestamptz
);
create index sign_ins_by_address on sign_ins (folded, created_at);
create index sign_ins_by_time on sign_ins (created_at);

create table sessions (
  id         bigint generated always as identity primary key,
  hash       bytea not null unique check (length(hash) = 32), -- SHA-256 of the cookie
  member_id  bigint not null references members on delete cascade,
  agent      text not null default '',
  created_at timestamptz not null default now(),
  seen_at    timestamptz not null default now(), -- to the hour
  expires_at timestamptz not null
);
create index sessions_by_member on sessions (member_id, id);

alter table notifications
  add column sign_in_id bigint, -- of the letter with the link; no foreign key: sign_ins are forgotten after a day
  drop constraint notifications_answer,
  add constraint notifications_answer check (kind <> 'answer'
    or (address is not null and (inbound_id is not null or question_id is not null or sign_in_id is not null)));

-- Who is signed in repeats requests as API clients do: under the negative of their
-- member id.
alter table idempotency_keys drop constraint idempotency_keys_api_key_id_fkey;

-- +goose Down
delete from idempotency_keys where api_key_id < 0;
delete from notifications where sign_in_id is not null;
alter table idempotency_keys add foreign key (api_key_id) references api_keys on delete cascade;
alter table notifications
  drop constraint notifications_answer,
  drop column sign_in_id,
  add constraint notifications_answer check (kind <> 'answer'
    or (address is not null and (inbound_id is not null or question_id is not null)));
drop table sessions, sign_ins;
