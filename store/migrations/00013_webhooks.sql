-- +goose Up

-- Where events are sent to.
create table webhook_endpoints (
  id            bigint generated always as identity primary key,
  partner_id    bigint references partners on delete cascade, -- null = the platform's, which gets every partner's events
  url           text not null,
  events        text[] not null default '{}', -- the types that are wanted; none = all
  secret        bytea not null check (length(secret) between 24 and 64),
  old_secret    bytea, -- of before the last rotation: signs, too, until then
  old_until     timestamptz,
  created_at    timestamptz not null default now(),
  disabled_at   timestamptz,
  disabled_why  text not null default '' check (disabled_why in ('', 'asked', 'gone')), -- gone: it answered 410
  failures      integer not null default 0, -- turns in a row in which something was not taken
  offers        integer not null default 0,
  offer_at      timestamptz not null default '-infinity', -- when its next turn may be
  lease_owner   uuid, -- who has the turn
  lease_until   timestamptz,
  check ((disabled_at is null) = (disabled_why = ''))
);
create index webhook_endpoints_by_partner on webhook_endpoints (partner_id, id);

-- What happened, written with it: ids and states, no content and no addresses.
create table webhook_events (
  id         bigint generated always as identity primary key,
  type       text not null,
  data       jsonb not null,
  created_at timestamptz not null default clock_timestamp()
);

-- What became of each event at each endpoint.
create table webhook_deliveries (
  endpoint_id  bigint not null, -- no foreign key: it would lock one row in every transaction that tells of something
  event_id     bigint not null references webhook_events,
  state        text not null default 'pending' check (state in ('pending', 'delivered', 'dead')),
  attempts     integer not null default 0, -- since it was written or replayed
  due_at       timestamptz not null default now(), -- of the next attempt
  attempted_at timestamptz,
  status       integer, -- HTTP's, of the last answer
  error        text not null default '', -- of the last attempt
  primary key (endpoint_id, event_id)
);
create index webhook_deliveries_due on webhook_deliveries (endpoint_id, due_at) where state = 'pending';
create index webhook_deliveries_dead on webhook_deliveries (endpoint_id, event_id) where state = 'dead';
create index webhook_deliveries_by_event on webhook_deliveries (event_id);

-- Whose an address is that is suppressed.
create index merchants_by_address on merchants (lower(email));
create index member_addresses_by_address on member_addresses (folded);

-- +goose Down
drop index member_addresses_by_address, merchants_by_address;
drop table webhook_deliveries, webhook_events, webhook_endpoints;
