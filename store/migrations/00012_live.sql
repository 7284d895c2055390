-- +goose Up

-- What changed, for those who watch: ids alone, for a day. xact is the
-- transaction that wrote the row. Ids are drawn in the order of writing, and not of
-- committing; whether a row could be seen at some time is asked of xact and a
-- snapshot, which misses nothing.
create table changes (
  xact            xid8        not null default pg_current_xact_id(),
  id              bigint      not null generated always as identity,
  partner_id      bigint      not null references partners on delete cascade,
  conversation_id bigint,
  member_id       bigint,     -- null = for the whole team
  message_id      bigint,
  kind            text        not null,
  created_at      timestamptz not null default clock_timestamp(),
  primary key (xact, id)
);
create index changes_by_partner on changes (partner_id, xact, id);
create index changes_by_age on changes using brin (created_at);

-- +goose Down
drop table changes;
