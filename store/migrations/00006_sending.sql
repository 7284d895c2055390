-- +goose Up

-- The outbox at speed. No change of a notification's state leaves its indexes
-- alone, so that each of them is written at every step of every mail: those that
-- few rows need hold only these.
drop index notifications_by_mail_id, notifications_by_message, notifications_by_conversation;
create index notifications_by_message on notifications (message_id) where message_id is not null;
create index notifications_by_conversation on notifications (conversation_id, id) where conversation_id is not null;
-- One index serves both: that Message-IDs are unique, and who looks for one.
-- No index but the primary key begins with the period, which thousands of rows
-- share: while the table is small PostgreSQL takes either for the same look-up, and
-- a session's foreign keys keep to that choice when it has grown.
alter table notifications
  drop constraint notifications_period_mail_id_key,
  add constraint notifications_mail_id_key unique (mail_id, period),
  drop constraint notifications_period_dedupe_key_key,
  add constraint notifications_dedupe_key_key unique (dedupe_key, period);

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
  drop constraint notifications_dedupe_key_key,
  add constraint notifications_period_dedupe_key_key unique (period, dedupe_key);
create index notifications_by_mail_id on notifications (mail_id);
