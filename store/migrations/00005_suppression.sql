-- +goose Up

-- Why an address takes no mail, in more words; and whose word it was.
alter table suppressions
  drop constraint suppressions_reason_check,
  add constraint suppressions_reason_check check (reason in ('bounce', 'soft_bounces', 'complaint', 'operator')),
  add column suppressed_by text not null default ''; -- an operator's name; '' = by what happened

-- Suppressions that are over. What happened to letters sent before lifted_at
-- brings none back.
create table lifted_suppressions (
  id            bigint generated always as identity primary key,
  folded        text not null,
  reason        text not null,
  detail        text not null,
  suppressed_by text not null,
  created_at    timestamptz not null, -- of the suppression
  lifted_at     timestamptz not null default now(),
  lifted_by     text not null -- an operator's name, or "verified"
);
create index lifted_suppressions_by_address on lifted_suppressions (folded, lifted_at);

-- What happened to a letter that says something about its address: one row for
-- each address and letter, however often it is said.
create table address_failures (
  folded              text not null check (folded = lower(folded)), -- the address used
  notification_period date not null,
  notification_id     bigint not null,
  class               text not null check (class in ('soft', 'hard', 'complaint')),
  source              text not null check (source in ('smtp', 'report')),
  inbound_period      date,   -- of a report: the mail that says so
  inbound_id          bigint,
  detail              text not null default '', -- the server's words
  sent_at             timestamptz not null,     -- the letter
  failed_at           timestamptz not null,
  cleared_at          timestamptz,              -- it counts no more
  primary key (folded, notification_period, notification_id),
  foreign key (notification_period, notification_id) references notifications (period, id) on delete cascade,
  foreign key (inbound_period, inbound_id) references inbound (period, id) on delete set null
);
create index address_failures_by_notification on address_failures (notification_period, notification_id);

-- A return path names a letter for certain only since it is signed.
alter table inbound drop constraint inbound_about_by_check;
update inbound set about_by = 'unsigned_return_path' where about_by = 'return_path';
alter table inbound add constraint inbound_about_by_check
  check (about_by in ('message_id', 'return_path', 'unsigned_return_path'));

-- Digests that were stopped by the link of a letter, and what was chosen before.
create table digest_stops (
  id                  bigint generated always as identity primary key,
  member_id           bigint not null references members on delete cascade,
  notification_period date, -- the letter whose link it was
  notification_id     bigint,
  one_click           boolean not null, -- by the mail program's own button (RFC 8058)
  digest              text not null,    -- the choice before
  stopped_at          timestamptz not null default now(),
  resumed_at          timestamptz,
  foreign key (notification_period, notification_id) references notifications (period, id)
    on delete set null
);
create unique index digest_stops_in_force on digest_stops (member_id) where resumed_at is null;
create index digest_stops_by_notification on digest_stops (notification_period, notification_id) where notification_id is not null;

-- +goose Down
drop table digest_stops;
alter table inbound drop constraint inbound_about_by_check;
update inbound set about_by = 'return_path' where about_by = 'unsigned_return_path';
alter table inbound add constraint inbound_about_by_check check (about_by in ('message_id', 'return_path'));
drop table address_failures, lifted_suppressions;
update suppressions set reason = 'bounce' where reason = 'soft_bounces';
alter table suppressions
  drop column suppressed_by,
  drop constraint suppressions_reason_check,
  add constraint suppressions_reason_check check (reason in ('bounce', 'complaint', 'operator'));
