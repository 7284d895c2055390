-- +goose Up

-- How a mail was understood, by which version of the reader, and until when its
-- bytes were kept.
alter table inbound
  add column rule text not null default '',      -- that decided the class
  add column reader integer not null default 0,  -- version of the reader; 0 = before versions were noted
  add column authserv_id text not null default '', -- whose Authentication-Results were asked for; '' = nobody's
  add column replayed_at timestamptz,            -- when a replay last wrote this row
  add column report jsonb,                       -- what a bounce or a complaint says
  add column about_period date,                  -- the notification it speaks of
  add column about_id bigint,
  add column about_by text check (about_by in ('message_id', 'return_path')), -- how that is known
  add column raw_shredded_at timestamptz,        -- raw is gone; a blob_key beside it is still to be deleted
  drop constraint inbound_check,
  add constraint inbound_raw_or_shredded check (case when raw_shredded_at is null
    then num_nonnulls(raw, blob_key) = 1
    else raw is null and state <> 'stored' end),
  add check ((about_period is null) = (about_id is null)),
  add foreign key (about_period, about_id) references notifications (period, id) on delete set null;
create index inbound_by_id on inbound (id);
create index inbound_by_about on inbound (about_period, about_id) where about_id is not null;
create index inbound_raw_by_age on inbound (created_at, id) where raw_shredded_at is null;
create index inbound_blobs_to_delete on inbound (raw_shredded_at, id) where raw_shredded_at is not null and blob_key is not null;

-- Where in a message begins what its author probably didn't write: characters
-- of body before it. Pages show the rest folded.
alter table messages add column fold_at integer check (fold_at > 0);

-- How long the raw mail of a partner's conversations is kept; 0 = for ever.
-- Without it, as long as the setting says.
alter table partners add column raw_retention_days integer check (raw_retention_days >= 0);

-- +goose Down
alter table partners drop column raw_retention_days;
alter table messages drop column fold_at;
-- Mail that was shredded has no bytes to go back to, and becomes empty.
alter table inbound drop constraint inbound_raw_or_shredded;
update inbound set raw = '' where raw is null and blob_key is null;
alter table inbound
  add constraint inbound_check check (num_nonnulls(raw, blob_key) = 1),
  drop column rule, drop column reader, drop column authserv_id, drop column replayed_at, drop column report,
  drop column about_period, drop column about_id, drop column about_by, drop column raw_shredded_at;
drop index inbound_by_id;
