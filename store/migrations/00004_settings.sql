-- +goose Up

-- When a member wants mail, beyond the choices that have columns: their own
-- digest times, quiet hours, choices by kind. Null is the default: nothing of
-- their own.
alter table members
  add column schedule jsonb; -- tradepost.Schedule

alter table notifications
  drop constraint notifications_kind_check,
  add constraint notifications_kind_check check (kind in ('alert', 'digest', 'reminder', 'relay', 'answer'));

-- +goose Down
delete from notifications where kind = 'reminder';
alter table notifications
  drop constraint notifications_kind_check,
  add constraint notifications_kind_check check (kind in ('alert', 'digest', 'relay', 'answer'));
alter table members drop column schedule;
