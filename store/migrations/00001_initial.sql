-- +goose Up

-- Tables that grow without end (messages, their recipients, notifications,
-- inbound mail) carry period, the first day of a month, in every unique and
-- foreign key, so that they can be partitioned by it later without a new key.
-- It derives from what the row's key is about, never from the time of writing.

create table partners (
  id          bigint generated always as identity primary key,
  external_id text unique,
  name        text not null check (name <> ''),
  published   boolean not null default false,
  created_at  timestamptz not null default now()
);

create table services (
  id         bigint generated always as identity primary key,
  partner_id bigint not null references partners on delete cascade,
  name       text not null check (name <> ''),
  unique (partner_id, name),
  unique (partner_id, id) -- for conversations' foreign key
);

create table members (
  id            bigint generated always as identity primary key,
  partner_id    bigint not null references partners on delete cascade,
  name          text not null check (name <> ''),
  role          text not null check (role in ('owner', 'member')),
  locale        text not null default 'en',
  zone          text not null default 'UTC',
  alert         text not null default 'first_contact'
                check (alert in ('first_contact', 'new_conversation', 'every_message', 'never')),
  digest        text not null default 'hourly' check (digest in ('hourly', 'off')),
  digest_minute smallint not null default 0 check (digest_minute between 0 and 59),
  created_at    timestamptz not null default now(),
  removed_at    timestamptz
);
create index members_of_partner on members (partner_id);

create table member_addresses (
  member_id   bigint not null references members on delete cascade,
  address     text not null check (address like '%_@_%'),
  folded      text not null generated always as (lower(address)) stored,
  is_primary  boolean not null default false,
  verified_at timestamptz not null default now(),
  primary key (member_id, folded)
);
create unique index member_addresses_one_primary on member_addresses (member_id) where is_primary;

create table merchants (
  id           bigint generated always as identity primary key,
  identity     text not null unique, -- "external:…" or "address:…"
  external_id  text,
  name         text not null check (name <> ''),
  email        text not null check (email like '%_@_%'),
  public_email text,
  role         text not null check (role in ('owner', 'staff', 'no_store')),
  store_name   text not null default '',
  store_url    text not null default '',
  locale       text not null default 'en',
  created_at   timestamptz not null default now(),
  updated_at   timestamptz not null default now(),
  check (role = 'no_store' or (store_name <> '' and store_url <> ''))
);

create table conversations (
  id         bigint generated always as identity primary key,
  partner_id bigint not null references partners,
  merchant_id bigint not null references merchants,
  kind       text not null
             check (kind in ('service', 'opportunity', 'qualification', 'inventory', 'product', 'integration')),
  service_id bigint,
  created_at timestamptz not null default now(),
  last_at    timestamptz not null default now(), -- of the newest message
  check (kind <> 'service' or service_id is not null),
  foreign key (partner_id, service_id) references services (partner_id, id)
);
create index conversations_by_partner on conversations (partner_id, last_at desc, id desc);
create index conversations_newest on conversations (last_at desc, id desc);
create index conversations_by_merchant on conversations (merchant_id, last_at desc, id desc);

-- Blocks and mutes are asked for again at the moment a mail is about to go.
create table blocks (
  partner_id  bigint not null references partners on delete cascade,
  merchant_id bigint not null references merchants on delete cascade,
  member_id   bigint references members,
  created_at  timestamptz not null default now(),
  primary key (partner_id, merchant_id)
);

create table mutes (
  member_id       bigint not null references members on delete cascade,
  conversation_id bigint not null references conversations on delete cascade,
  created_at      timestamptz not null default now(),
  primary key (member_id, conversation_id)
);

create table messages (
  period          date not null,
  id              bigint generated always as identity,
  conversation_id bigint not null references conversations,
  author          text not null check (author in ('merchant', 'member', 'system')),
  member_id       bigint references members,
  merchant_id     bigint references merchants,
  via             text not null check (via in ('web', 'api', 'email')),
  body            text not null,
  full_text       text,  -- what the mail said, quotes included; for the author's own side
  mail_id         text,  -- Message-ID of the mail it came in
  created_at      timestamptz not null,
  deleted_at      timestamptz,
  primary key (period, id),
  check (period = date_trunc('month', created_at at time zone 'UTC')::date),
  check ((author = 'merchant') = (merchant_id is not null)),
  check ((author = 'member') = (member_id is not null))
);
create index messages_by_conversation on messages (conversation_id, id);

create table attachments (
  period       date not null, -- the message's
  id           bigint generated always as identity,
  message_id   bigint not null,
  filename     text not null check (filename <> ''),
  content_type text not null,
  size         bigint not null check (size >= 0),
  sha256       bytea not null check (length(sha256) = 32),
  blob_key     text not null,
  primary key (period, id),
  foreign key (period, message_id) references messages (period, id) on delete cascade
);
create index attachments_by_message on attachments (period, message_id);
create index attachments_by_id on attachments (id);

create table marks (
  period     date not null, -- the message's
  message_id bigint not null,
  emoji      text not null check (emoji <> ''),
  member_id  bigint not null references members,
  created_at timestamptz not null default now(),
  primary key (period, message_id),
  foreign key (period, message_id) references messages (period, id) on delete cascade
);

-- The first message ever of a merchant to a partner. The row outlives the
-- conversation, so that deleting one does not make the next a first contact.
create table first_contacts (
  partner_id  bigint not null references partners on delete cascade,
  merchant_id bigint not null references merchants on delete cascade,
  message_id  bigint not null,
  created_at  timestamptz not null,
  primary key (partner_id, merchant_id)
);

-- The outbox: one row per mail that is to be sent, written in the transaction
-- of what it tells about.
create table notifications (
  period          date not null, -- of the message told of, or of the digest's window
  id              bigint generated always as identity,
  kind            text not null check (kind in ('alert', 'digest', 'relay', 'answer')),
  dedupe_key      text not null,
  mail_id         text not null check (mail_id like '<%@%>'), -- Message-ID, the same at every attempt
  partner_id      bigint references partners, -- of an alert: what its cap counts
  member_id       bigint references members,
  merchant_id     bigint references merchants,
  address         text,         -- of an answer; others look it up when they are sent
  conversation_id bigint references conversations,
  message_id      bigint,       -- of an alert or a relay
  window_at       timestamptz,  -- of a digest
  inbound_period  date,         -- of an answer: the mail answered
  inbound_id      bigint,
  reason          text not null default '', -- why it is sent; once finished, why it was not
  state           text not null default 'pending'
                  check (state in ('pending', 'sending', 'unknown', 'sent', 'skipped', 'failed')),
  due_at          timestamptz,  -- when to send; null once finished
  offer_at        timestamptz not null default '-infinity', -- when to put it into the queue (again)
  offers          integer not null default 0,
  lease_owner     uuid,
  lease_until     timestamptz,
  claimed_at      timestamptz,
  attempts        integer not null default 0,
  silences        integer not null default 0, -- attempts without an answer to the final dot
  lapses          integer not null default 0, -- attempts whose owner vanished
  sent_to         text,         -- the address used last
  smtp_code       integer,
  smtp_reply      text,
  finished_at     timestamptz,
  created_at      timestamptz not null default now(),
  primary key (period, id),
  unique (period, dedupe_key),
  unique (period, mail_id),
  foreign key (period, message_id) references messages (period, id) on delete cascade,
  check ((state = 'sending') = (lease_owner is not null)),
  check ((lease_owner is null) = (lease_until is null)),
  check ((state in ('sent', 'skipped', 'failed')) = (finished_at is not null) or state = 'unknown'),
  check (state <> 'pending' or due_at is not null),
  check (num_nonnulls(member_id, merchant_id, address) >= 1),
  check (kind not in ('alert', 'relay') or message_id is not null),
  check (kind <> 'digest' or (member_id is not null and window_at is not null)),
  check (kind <> 'answer' or (address is not null and inbound_id is not null))
);
create index notifications_to_offer on notifications (kind, due_at, offer_at) where state in ('pending', 'unknown') and due_at is not null;
create index notifications_leased on notifications (lease_until) where state = 'sending';
-- What the digest sweep asks of each member who is due.
create index notifications_digest_open on notifications (member_id) where kind = 'digest' and state in ('pending', 'sending');
create index notifications_digest_done on notifications (member_id, finished_at) where kind = 'digest' and state in ('sent', 'unknown');
create index notifications_alerts on notifications (partner_id, created_at) where kind = 'alert';
create index notifications_by_mail_id on notifications (mail_id);
create index notifications_by_message on notifications (message_id);
create index notifications_by_conversation on notifications (conversation_id, id);

-- Every attempt stays on record, also those that ended in silence.
create table attempts (
  period          date not null, -- the notification's
  notification_id bigint not null,
  attempt         integer not null check (attempt > 0),
  address         text,
  started_at      timestamptz not null,
  ended_at        timestamptz not null,
  verdict         text not null check (verdict in ('delivered', 'temporary', 'permanent', 'no_answer', 'lapsed')),
  smtp_code       integer,
  smtp_reply      text,
  primary key (period, notification_id, attempt),
  foreign key (period, notification_id) references notifications (period, id) on delete cascade
);

-- One row for each message and each person it was written to: read state, and
-- how they were told.
create table recipients (
  period              date not null, -- the message's
  message_id          bigint not null,
  conversation_id     bigint not null references conversations,
  member_id           bigint references members,
  merchant_id         bigint references merchants,
  created_at          timestamptz not null, -- the message's
  read_at             timestamptz,
  outcome             text check (outcome in ('alerted', 'digested', 'relayed', 'read_first', 'answered', 'suppressed', 'skipped', 'failed')),
  outcome_at          timestamptz,
  reason              text not null default '',
  notification_period date,   -- the mail that is to tell, or told
  notification_id     bigint,
  foreign key (period, message_id) references messages (period, id) on delete cascade,
  foreign key (notification_period, notification_id) references notifications (period, id),
  check (num_nonnulls(member_id, merchant_id) = 1),
  check ((outcome is null) = (outcome_at is null)),
  check ((notification_period is null) = (notification_id is null))
);
create unique index recipients_member on recipients (period, message_id, member_id) where member_id is not null;
create unique index recipients_merchant on recipients (period, message_id, merchant_id) where merchant_id is not null;
-- What the digest sweep reads: small, since every telling empties it.
create index recipients_untold on recipients (member_id, created_at) include (notification_id)
  where outcome is null and member_id is not null;
create index recipients_unread on recipients (member_id, conversation_id) where read_at is null and member_id is not null;
create index recipients_by_conversation on recipients (conversation_id, message_id);
create index recipients_by_notification on recipients (notification_period, notification_id) where notification_id is not null;

create table suppressions (
  folded     text primary key check (folded = lower(folded)),
  reason     text not null check (reason in ('bounce', 'complaint', 'operator')),
  detail     text not null default '',
  created_at timestamptz not null default now()
);

-- A mailbox that is polled, how far, and by whom.
create table mailboxes (
  id          bigint generated always as identity primary key,
  name        text not null unique, -- user@host/folder
  uidvalidity bigint check (uidvalidity between 1 and 4294967295), -- RFC 9051 9, nz-number
  last_uid    bigint not null default 0 check (last_uid between 0 and 4294967295),
  polled_at   timestamptz,
  lease_owner uuid,
  lease_until timestamptz,
  check ((lease_owner is null) = (lease_until is null))
);

-- The ledger of mail that came in. A row is written, with the raw mail, before
-- anything is changed in the mailbox.
create table inbound (
  period      date not null, -- of INTERNALDATE
  id          bigint generated always as identity,
  mailbox_id  bigint not null references mailboxes,
  uidvalidity bigint not null,
  uid         bigint not null,
  received_at timestamptz not null, -- INTERNALDATE
  size        bigint not null,
  raw         bytea,  -- up to 256 KB; of an oversize mail its header
  blob_key    text,   -- larger
  sha256      bytea not null,
  state       text not null default 'stored'
              check (state in ('stored', 'posted', 'duplicate', 'held', 'refused', 'ignored', 'oversize', 'quarantined')),
  class       text not null default '',
  reason      text not null default '', -- typed, for all states but posted
  error       text not null default '', -- of a quarantined mail
  attempts    integer not null default 0,
  mail_id     text not null default '', -- its Message-ID
  from_address text not null default '',
  conversation_id bigint references conversations,
  message_period date,
  message_id  bigint,
  created_at  timestamptz not null default now(),
  finished_at timestamptz,
  filed_at    timestamptz, -- when it was seen to have left the polled folder
  primary key (period, id),
  unique (period, mailbox_id, uidvalidity, uid),
  check (num_nonnulls(raw, blob_key) = 1),
  check ((state = 'stored') = (finished_at is null)),
  check ((state = 'posted') = (message_id is not null))
);
create index inbound_unfinished on inbound (mailbox_id, id) where state = 'stored';
create index inbound_unfiled on inbound (mailbox_id, uidvalidity, uid) where filed_at is null;
create index inbound_by_uid on inbound (mailbox_id, uidvalidity, uid);
create index inbound_by_mail_id on inbound (mail_id);
alter table notifications add foreign key (inbound_period, inbound_id) references inbound (period, id);

-- A reply that was posted, by what makes it the same reply: address answered,
-- Message-ID and body together. A second copy is recorded and not posted.
create table posted_replies (
  fingerprint    bytea primary key check (length(fingerprint) = 32),
  inbound_period date not null,
  inbound_id     bigint not null,
  foreign key (inbound_period, inbound_id) references inbound (period, id)
);

create table api_keys (
  id         bigint generated always as identity primary key,
  name       text not null,
  hash       bytea not null unique check (length(hash) = 32), -- SHA-256 of the key
  created_at timestamptz not null default now(),
  revoked_at timestamptz
);

create table idempotency_keys (
  api_key_id  bigint not null references api_keys on delete cascade,
  key         text not null check (key <> ''),
  fingerprint bytea not null check (length(fingerprint) = 32), -- SHA-256 of the request
  result      bigint not null, -- the id that the first request made
  created_at  timestamptz not null default now(),
  primary key (api_key_id, key)
);

-- +goose Down
drop table idempotency_keys, api_keys, posted_replies, inbound, mailboxes, suppressions, recipients, attempts,
  notifications, first_contacts, marks, attachments, messages, mutes, blocks, conversations, merchants,
  member_addresses, members, services, partners cascade;
