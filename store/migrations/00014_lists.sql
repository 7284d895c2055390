-- +goose Up

-- Lists that are as quick in a long history as in a short one: each begins with an
-- index in the order in which it is shown.

-- The conversations in which a member has something unread. Kept by whatever writes,
-- reads or deletes a message.
create table unread (
  member_id       bigint not null references members on delete cascade,
  conversation_id bigint not null references conversations on delete cascade,
  last_at         timestamptz not null, -- the conversation's
  messages        integer not null check (messages > 0),
  primary key (member_id, conversation_id)
);
create index unread_by_time on unread (member_id, last_at desc, conversation_id desc);
create index unread_by_conversation on unread (conversation_id);
insert into unread (member_id, conversation_id, last_at, messages)
select r.member_id, c.id, c.last_at, count(*)
from recipients r join messages m on (m.period, m.id) = (r.period, r.message_id) join conversations c on c.id = r.conversation_id
where r.member_id is not null and r.read_at is null and m.deleted_at is null and c.deleted_at is null
group by r.member_id, c.id;

-- last_at is the conversation's. A version that doesn't know of it writes the time of
-- the tagging, until the next message.
alter table conversation_tags add column last_at timestamptz not null default now();
update conversation_tags ct set last_at = c.last_at from conversations c where c.id = ct.conversation_id;
drop index conversation_tags_by_tag;
create index conversation_tags_by_time on conversation_tags (tag_id, last_at desc, conversation_id desc);

create index conversations_by_mark on conversations (partner_id, mark, last_at desc, id desc) where deleted_at is null and mark is not null;

-- PostgreSQL keeps a plan that serves every partner, and takes the partner for an
-- average one, of some twenty conversations, which are quickly sorted. With a large one
-- that means to sort a hundred thousand for a page of fifty. Told of few partners, it
-- takes each for large and follows the index, which is right for the small ones, too.
alter table conversations alter column partner_id set (n_distinct = 100);
alter table unread alter column member_id set (n_distinct = 100);
alter table conversation_tags alter column tag_id set (n_distinct = 100);

-- What a merchant is found by, once for each partner: a search of one partner must not
-- read what all others have. Trusted since PostgreSQL 13, as pg_trgm.
create extension if not exists btree_gin;
alter table first_contacts add column search text not null default ''; -- the merchant's
update first_contacts f set search = m.search from merchants m where m.id = f.merchant_id;
create index first_contacts_by_merchant on first_contacts (merchant_id);
create index first_contacts_search on first_contacts using gin (partner_id, search gin_trgm_ops);
analyze conversations, unread, conversation_tags, first_contacts;

-- +goose Down
drop index first_contacts_search, first_contacts_by_merchant;
alter table first_contacts drop column search;
drop index conversations_by_mark, conversation_tags_by_time;
alter table conversation_tags drop column last_at;
create index conversation_tags_by_tag on conversation_tags (tag_id, conversation_id);
alter table conversations alter column partner_id reset (n_distinct);
alter table conversation_tags alter column tag_id reset (n_distinct);
drop table unread;
