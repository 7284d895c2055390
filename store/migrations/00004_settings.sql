-- +goose Up

-- When a member wants mail, beyond the choices that have columns: their own
-- digest times, quiet hours, choices by kind. Null is the default: nothing of
-- their own.
alter table members
  add column schedule jsonb, -- tradepost.Schedule
  -- Before this no digest of theirs is due; a hint that may be null or in the past,
  -- for those only whose windows are not simply every hour.
  add column next_window_at timestamptz,
  drop constraint members_digest_check,
  add constraint members_digest_check check (digest in ('hourly', 'every_2_hours', 'every_3_hours', 'every_4_hours',
    'every_6_hours', 'every_8_hours', 'every_12_hours', 'daily', 'off'));
create index members_with_schedule on members (next_window_at)
  where schedule is not null or digest not in ('hourly', 'off');
create index members_by_zone on members (zone);

alter table notifications
  drop constraint notifications_kind_check,
  add constraint notifications_kind_check check (kind in ('alert', 'digest', 'reminder', 'relay', 'answer')),
  add constraint notifications_reminder check (kind <> 'reminder' or (member_id is not null and message_id is not null));

-- Of what came before there were reminders nobody is reminded.
alter table first_contacts add column reminded_at timestamptz; -- or found to need no reminder
update first_contacts set reminded_at = now();
create index first_contacts_to_remind on first_contacts (created_at) where reminded_at is null;

-- +goose Down
drop index first_contacts_to_remind;
alter table first_contacts drop column reminded_at;
delete from attempts a using notifications n
  where (n.period, n.id) = (a.period, a.notification_id) and n.kind = 'reminder';
delete from notifications where kind = 'reminder';
alter table notifications
  drop constraint notifications_reminder,
  drop constraint notifications_kind_check,
  add constraint notifications_kind_check check (kind in ('alert', 'digest', 'relay', 'answer'));
drop index members_with_schedule, members_by_zone;
update members set digest = 'hourly' where digest not in ('hourly', 'off');
alter table members
  drop constraint members_digest_check,
  add constraint members_digest_check check (digest in ('hourly', 'off')),
  drop column schedule, drop column next_window_at;
