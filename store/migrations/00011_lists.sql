-- +goose Up

-- What the lists of an inbox ask for, kept where they read: mark is the emoji on
-- the newest message of the merchant, and null says that the conversation is new.
alter table conversations add column mark text;
update conversations c set mark = (
  select k.emoji from messages m left join marks k on (k.period, k.message_id) = (m.period, m.id)
  where m.conversation_id = c.id and m.author = 'merchant' and m.deleted_at is null order by m.id desc limit 1);

drop index conversations_by_partner;
drop index conversations_newest;
create index conversations_by_partner on conversations (partner_id, last_at desc, id desc) where deleted_at is null;
create index conversations_newest on conversations (last_at desc, id desc) where deleted_at is null;
create index conversations_new on conversations (partner_id, last_at desc, id desc) where deleted_at is null and mark is null;
create index conversations_marked on conversations (partner_id, last_at desc, id desc) where deleted_at is null and mark is not null;
create index conversations_by_kind on conversations (partner_id, kind, last_at desc, id desc) where deleted_at is null;

-- Name, store and URL, folded as searches are. Trusted since PostgreSQL 13: the
-- owner of a database may create it.
create extension if not exists pg_trgm;
alter table merchants add column search text not null default '';
update merchants set search = lower(name || E'\n' || store_name || E'\n' || store_url);
create index merchants_search on merchants using gin (search gin_trgm_ops);

-- +goose Down
drop index merchants_search;
alter table merchants drop column search;
drop index conversations_by_kind, conversations_marked, conversations_new, conversations_newest, conversations_by_partner;
alter table conversations drop column mark;
create index conversations_by_partner on conversations (partner_id, last_at desc, id desc);
create index conversations_newest on conversations (last_at desc, id desc);
