-- +goose Up

-- Job descriptions that matching gave to several partners. What they say is in the
-- conversations, and goes with those.
create table requests (
  id          bigint generated always as identity primary key,
  merchant_id bigint not null references merchants,
  service     text not null,
  language    text not null default '',
  created_at  timestamptz not null default clock_timestamp()
);
create table leads (
  request_id      bigint not null references requests,
  partner_id      bigint not null references partners on delete cascade,
  conversation_id bigint not null unique references conversations,
  given_at        timestamptz not null default clock_timestamp(),
  primary key (request_id, partner_id)
);
-- What matching counts: nothing that happens to a lead later is in it.
create index leads_by_time on leads (given_at) include (partner_id);
create index leads_by_partner on leads (partner_id);

-- +goose Down
drop table leads, requests;
