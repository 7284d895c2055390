-- +goose Up

-- How the sender of a mail was authenticated, once, when it was fetched; what the
-- trust table said of it; and what a person decided of it since.
alter table inbound
  drop constraint inbound_state_check,
  add constraint inbound_state_check check (state in
    ('stored', 'posted', 'acted', 'duplicate', 'held', 'refused', 'ignored', 'oversize', 'quarantined')),
  add column authentication jsonb,  -- tradepost.Authentication; null = not asked yet
  add column trust jsonb,           -- evidence and ruling
  add column retry_at timestamptz,  -- of a stored mail: not to be judged before
  add column released jsonb,        -- by whom and as what a held mail was given back to be judged
  add column expunge boolean not null default false; -- its conversation was deleted: it is to leave the mailbox, too
create index inbound_to_expunge on inbound (mailbox_id, id) where expunge;
create index inbound_by_conversation on inbound (conversation_id, id) where conversation_id is not null;
create index inbound_by_from on inbound (from_address, id) where from_address <> '';
-- Whether a mail that is judged again was carried out before.
create index posted_replies_by_inbound on posted_replies (inbound_period, inbound_id);

-- All messages that came of one mail: an answer to a digest may make several.
create table posted_messages (
  inbound_period  date not null,
  inbound_id      bigint not null,
  conversation_id bigint not null references conversations,
  message_period  date not null,
  message_id      bigint not null,
  primary key (inbound_period, inbound_id, message_id), -- a conversation may come twice: by its text, and chosen for the rest
  foreign key (inbound_period, inbound_id) references inbound (period, id),
  foreign key (message_period, message_id) references messages (period, id) on delete cascade
);
create index posted_messages_by_message on posted_messages (message_period, message_id);
insert into posted_messages (inbound_period, inbound_id, conversation_id, message_period, message_id)
  select i.period, i.id, m.conversation_id, m.period, m.id
  from inbound i join messages m on (m.period, m.id) = (i.message_period, i.message_id);

alter table conversations
  add column declined_at timestamptz,
  add column declined_by bigint references members,
  add column deleted_at timestamptz; -- all content is gone; the row remains

-- Reply addresses of a conversation whose token names a message before through
-- are no longer good: of one person, or of everybody.
create table revocations (
  id              bigint generated always as identity primary key,
  conversation_id bigint not null references conversations,
  member_id       bigint references members,
  merchant_id     bigint references merchants,
  through         bigint not null,
  revoked_by      text not null, -- "owner" or an operator's name
  created_at      timestamptz not null default now(),
  check (num_nonnulls(member_id, merchant_id) <= 1)
);
create index revocations_by_conversation on revocations (conversation_id);

-- Further addresses that a merchant writes from. Mail goes to merchants.email.
create table merchant_addresses (
  merchant_id bigint not null references merchants on delete cascade,
  address     text not null check (address like '%_@_%'),
  folded      text not null generated always as (lower(address)) stored,
  added_at    timestamptz not null default now(),
  primary key (merchant_id, folded)
);

-- What a person is asked by mail. At most one of each kind about a held mail: whose
-- it is must be known before it is asked which conversation is meant.
create table questions (
  id              bigint generated always as identity primary key,
  kind            text not null check (kind in ('sender', 'conversation', 'confirm')),
  member_id       bigint references members,
  merchant_id     bigint references merchants,
  conversation_id bigint references conversations,
  inbound_period  date,
  inbound_id      bigint,
  detail          jsonb not null default '{}', -- store.QuestionDetail
  created_at      timestamptz not null default now(),
  expires_at      timestamptz not null,
  answered_at     timestamptz,
  answer          text check (answer in ('approve', 'add', 'revoke', 'choose', 'confirm')),
  answered_via    text check (answered_via in ('web', 'email')),
  foreign key (inbound_period, inbound_id) references inbound (period, id),
  check (num_nonnulls(member_id, merchant_id) = 1),
  check ((answered_at is null) = (answer is null)),
  check (kind = 'confirm' or inbound_id is not null)
);
create unique index questions_one_per_mail on questions (inbound_period, inbound_id, kind) where kind <> 'confirm';
create index questions_by_member on questions (member_id, created_at) where member_id is not null;
create index questions_by_merchant on questions (merchant_id, created_at) where merchant_id is not null;

alter table notifications
  add column question_id bigint references questions, -- of an answer that asks
  add column detail jsonb,                            -- of an answer that is a transcript: tradepost.Transcript
  -- Of a digest: the messages it holds, as of when it was claimed last, and their
  -- conversations, which outlive them.
  add column told_periods date[],
  add column told_messages bigint[],
  add column told_conversations bigint[],
  -- Named notifications_check7 by PostgreSQL: an answer that asks for a
  -- confirmation may answer no mail.
  drop constraint notifications_check7,
  add constraint notifications_answer check (kind <> 'answer'
    or (address is not null and (inbound_id is not null or question_id is not null))),
  add check (cardinality(told_periods) = cardinality(told_messages) and cardinality(told_messages) = cardinality(told_conversations));

-- What members did to a conversation, other than writing: shown as its record, and
-- what /undo takes back.
create table actions (
  id              bigint generated always as identity primary key,
  conversation_id bigint not null references conversations,
  member_id       bigint not null references members,
  verb            text not null,
  detail          jsonb not null default '{}', -- what taking it back needs
  via             text not null check (via in ('web', 'api', 'email')),
  inbound_period  date,
  inbound_id      bigint,
  created_at      timestamptz not null default clock_timestamp(),
  undone_at       timestamptz,
  foreign key (inbound_period, inbound_id) references inbound (period, id)
);
create index actions_by_conversation on actions (conversation_id, id);

create table tags (
  id         bigint generated always as identity primary key,
  partner_id bigint not null references partners on delete cascade,
  name       text not null check (name <> ''),
  folded     text not null generated always as (lower(name)) stored,
  created_at timestamptz not null default now(),
  unique (partner_id, folded),
  unique (partner_id, id)
);
create table conversation_tags (
  conversation_id bigint not null references conversations on delete cascade,
  tag_id          bigint not null references tags on delete cascade,
  created_at      timestamptz not null default now(),
  primary key (conversation_id, tag_id)
);
create index conversation_tags_by_tag on conversation_tags (tag_id, conversation_id);

-- Internal notes are a table of their own, so that no query of messages can show
-- one to a merchant.
create table notes (
  id              bigint generated always as identity primary key,
  conversation_id bigint not null references conversations on delete cascade,
  member_id       bigint not null references members,
  body            text not null check (body <> ''),
  created_at      timestamptz not null default now(),
  deleted_at      timestamptz
);
create index notes_by_conversation on notes (conversation_id, id);

alter table partners add column default_code text check (default_code <> ''); -- of qualifications
create table qualifications (
  partner_id  bigint not null references partners on delete cascade,
  merchant_id bigint not null references merchants on delete cascade,
  code        text not null check (code <> ''),
  member_id   bigint not null references members,
  created_at  timestamptz not null default now(),
  primary key (partner_id, merchant_id)
);

-- Loop defence: what was posted within an hour, the same texts within a day, and the
-- breakers that tripped.
create table budgets (
  scope text not null,
  key   text not null,
  hour  timestamptz not null,
  used  integer not null,
  primary key (scope, key, hour)
);
create index budgets_by_hour on budgets (hour);
create table repeats (
  conversation_id bigint not null references conversations on delete cascade,
  author          text not null check (author in ('merchant', 'member')),
  text_key        bytea not null check (length(text_key) = 32),
  day             date not null,
  seen            integer not null,
  primary key (conversation_id, author, text_key, day)
);
create index repeats_by_day on repeats (day);
create table breakers (
  id         bigint generated always as identity primary key,
  scope      text not null check (scope in ('sender', 'conversation', 'domain', 'repeat')),
  key        text not null,
  detail     text not null default '', -- for people: what was over which limit
  tripped_at timestamptz not null default now(),
  reset_at   timestamptz,
  reset_by   text,
  check ((reset_at is null) = (reset_by is null))
);
create unique index breakers_open on breakers (scope, key) where reset_at is null;
alter table inbound add column breaker_id bigint references breakers; -- that a mail is held for
create index inbound_by_breaker on inbound (breaker_id) where breaker_id is not null;

-- Content of deleted conversations that is still to leave the blob store.
create table blobs_to_delete (
  key        text primary key,
  created_at timestamptz not null default now()
);

-- What a deletion goes by. An answer to a digest quotes all that the digest told of.
alter table inbound
  add column digest_period date, -- the digest that it answers
  add column digest_id bigint,
  add check ((digest_period is null) = (digest_id is null)),
  add foreign key (digest_period, digest_id) references notifications (period, id) on delete set null;
create index inbound_by_digest on inbound (digest_period, digest_id) where digest_id is not null;
create index posted_messages_by_conversation on posted_messages (conversation_id);
create index questions_by_conversation on questions (conversation_id) where conversation_id is not null;
create index notifications_by_inbound on notifications (inbound_period, inbound_id) where inbound_id is not null;
create index attachments_by_blob_key on attachments (blob_key);

-- +goose Down
drop index attachments_by_blob_key, notifications_by_inbound;
alter table inbound drop column digest_period, drop column digest_id;
alter table inbound drop column breaker_id;
drop index posted_replies_by_inbound, inbound_by_conversation, inbound_by_from;
drop table blobs_to_delete, breakers, repeats, budgets, qualifications, notes, conversation_tags, tags, actions,
  merchant_addresses, revocations, posted_messages cascade;
alter table partners drop column default_code;
delete from notifications where question_id is not null;
alter table notifications drop constraint notifications_answer,
  drop column question_id, drop column detail, drop column told_periods, drop column told_messages, drop column told_conversations,
  add constraint notifications_check7 check (kind <> 'answer' or (address is not null and inbound_id is not null));
drop table questions;
alter table conversations drop column declined_at, drop column declined_by, drop column deleted_at;
update inbound set state = 'refused' where state = 'acted';
alter table inbound
  drop constraint inbound_state_check,
  add constraint inbound_state_check check (state in
    ('stored', 'posted', 'duplicate', 'held', 'refused', 'ignored', 'oversize', 'quarantined')),
  drop column authentication, drop column trust, drop column retry_at, drop column released, drop column expunge;
