-- +goose Up

-- The outbox at speed. No change of a notification's state leaves its indexes
-- alone, so that each of them is written at every step of every mail: those that
-- few rows need hold only these.
drop index notifications_by_mail_id, notifications_by_message, notifications_by_conversation,
  notifications_to_offer, notifications_leased, notifications_digest_open, notifications_digest_done;
create index notifications_by_message on notifications (message_id) where message_id is not null;
create index notifications_by_conversation on notifications (conversation_id, id) where conversation_id is not null;
-- What is on its way. It says nothing of the state, so that a claim, which leaves
-- both times as they are, writes no index at all (a heap-only update, for which the
-- page needs room).
create index notifications_to_offer on notifications (kind, due_at, offer_at) where due_at is not null;
alter table notifications set (fillfactor = 50);
-- A member's digests by their windows: the last one tells the sweep what it asks.
-- It is their unique key, too.
create unique index notifications_digests on notifications (member_id, window_at) where kind = 'digest';
-- One index serves both: that Message-IDs are unique, and who looks for one.
-- No index but the primary key begins with the period, which thousands of rows
-- share: while the table is small PostgreSQL takes either for the same look-up, and
-- a session's foreign keys keep to that choice when it has grown.
alter table notifications
  drop constraint notifications_period_mail_id_key,
  add constraint notifications_mail_id_key unique (mail_id, period),
  drop constraint notifications_period_dedupe_key_key,
  drop constraint notifications_check1; -- a lease's end is the batch's
create unique index notifications_dedupe_key on notifications (dedupe_key, period) where kind <> 'digest';

-- A lease is held on a batch, not on each of its rows: one row to renew.
create table leases (
  owner   uuid primary key,
  until   timestamptz not null,
  periods date[] not null, -- the notifications that were claimed
  ids     bigint[] not null
);
insert into leases
select lease_owner, max(lease_until), array_agg(period), array_agg(id) from notifications where state = 'sending' group by lease_owner;
alter table notifications drop column lease_until;

-- What an attempt or a recipient names is the notification that the same statement
-- has just written. To look for it again, and lock it, once for every row, was a
-- fifth of what a digest costs PostgreSQL.
alter table attempts drop constraint attempts_period_notification_id_fkey;
alter table recipients drop constraint recipients_notification_period_notification_id_fkey;

-- +goose Down
delete from attempts a where not exists (select from notifications n where (n.period, n.id) = (a.period, a.notification_id));
alter table attempts add foreign key (period, notification_id) references notifications (period, id) on delete cascade;
alter table recipients add foreign key (notification_period, notification_id) references notifications (period, id);
drop index notifications_by_message, notifications_by_conversation;
create index notifications_by_message on notifications (message_id);
create index notifications_by_conversation on notifications (conversation_id, id);
alter table notifications
  drop constraint notifications_mail_id_key,
  add constraint notifications_period_mail_id_key unique (period, mail_id),
  add constraint notifications_period_dedupe_key_key unique (period, dedupe_key);
create index notifications_by_mail_id on notifications (mail_id);
drop index notifications_to_offer, notifications_digests, notifications_dedupe_key;
alter table notifications reset (fillfactor);
alter table notifications add column lease_until timestamptz;
update notifications set lease_until = coalesce((select until from leases where owner = lease_owner), now()) where state = 'sending';
alter table notifications add constraint notifications_check1 check ((lease_owner is null) = (lease_until is null));
drop table leases;
create index notifications_to_offer on notifications (kind, due_at, offer_at) where state in ('pending', 'unknown') and due_at is not null;
create index notifications_leased on notifications (lease_until) where state = 'sending';
create index notifications_digest_open on notifications (member_id) where kind = 'digest' and state in ('pending', 'sending');
create index notifications_digest_done on notifications (member_id, finished_at) where kind = 'digest' and state in ('sent', 'unknown');
