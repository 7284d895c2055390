-- +goose Up

-- A key is the platform's, or one partner's, and may be for reading only.
alter table api_keys
  add column partner_id   bigint references partners on delete cascade, -- null = the platform's
  add column read_only    boolean not null default false,
  add column rate         integer check (rate > 0), -- requests a second; null = the server's default
  add column beginning    text not null default '', -- of the key, for people to know it by
  add column last_used_at timestamptz; -- to the minute

-- +goose Down
alter table api_keys
  drop column partner_id, drop column read_only, drop column rate, drop column beginning, drop column last_used_at;
