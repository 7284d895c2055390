-- +goose Up

-- Versions count changes of what the API lets people edit, by whoever makes them: an
-- older process, an unsubscribe link, a block. A row that is written as it was keeps
-- its version.
-- +goose StatementBegin
create function bump_version() returns trigger language plpgsql as $$
begin
  new.version := old.version + 1;
  return new;
end $$;
-- +goose StatementEnd
-- +goose StatementBegin
create function bump_settings_version() returns trigger language plpgsql as $$
begin
  new.settings_version := old.settings_version + 1;
  return new;
end $$;
-- +goose StatementEnd

alter table partners
  add column version bigint not null default 1,
  add column access  text not null default 'open' check (access in ('open', 'restricted')),
  add column search  text not null default ''; -- the name, folded as searches are
update partners set search = lower(name);
create index partners_search on partners using gin (search gin_trgm_ops);
create trigger partners_version before update on partners for each row
  when ((old.external_id, old.name, old.published, old.access, old.default_code, old.raw_retention_days)
    is distinct from (new.external_id, new.name, new.published, new.access, new.default_code, new.raw_retention_days))
  execute function bump_version();

-- A service that is no longer offered stays for the conversations about it.
alter table services
  add column version     bigint not null default 1,
  add column external_id text check (external_id <> ''),
  add column languages   text[] not null default '{}', -- ISO 639, lower case; none = any
  add column folded      text not null generated always as (lower(name)) stored,
  add column removed_at  timestamptz,
  drop constraint services_partner_id_name_key;
create unique index services_by_name on services (partner_id, name) where removed_at is null;
create unique index services_by_external_id on services (partner_id, external_id) where removed_at is null;
create index services_to_match on services (folded) where removed_at is null;
create trigger services_version before update on services for each row
  when ((old.external_id, old.name, old.languages) is distinct from (new.external_id, new.name, new.languages))
  execute function bump_version();

alter table members
  add column version          bigint not null default 1,
  add column settings_version bigint not null default 1,
  add column external_id      text check (external_id <> '');
create unique index members_by_external_id on members (partner_id, external_id) where removed_at is null;
create trigger members_version before update on members for each row
  when ((old.external_id, old.name, old.role, old.locale, old.zone) is distinct from (new.external_id, new.name, new.role, new.locale, new.zone))
  execute function bump_version();
create trigger members_settings_version before update on members for each row
  when ((old.alert, old.digest, old.schedule) is distinct from (new.alert, new.digest, new.schedule))
  execute function bump_settings_version();

-- What the platform knows of a merchant beside who they are.
alter table merchants
  add column version         bigint not null default 1,
  add column website         text not null default '',
  add column profile_url     text not null default '',
  add column reseller_type   text not null default '',
  add column open_orders     bigint check (open_orders >= 0), -- null = not known
  add column last_invoice_on date;
create trigger merchants_version before update on merchants for each row
  when ((old.name, old.email, old.public_email, old.role, old.store_name, old.store_url, old.locale,
         old.website, old.profile_url, old.reseller_type, old.open_orders, old.last_invoice_on)
    is distinct from (new.name, new.email, new.public_email, new.role, new.store_name, new.store_url, new.locale,
         new.website, new.profile_url, new.reseller_type, new.open_orders, new.last_invoice_on))
  execute function bump_version();
create index qualifications_by_merchant on qualifications (merchant_id);

create trigger proposals_version before update on proposals for each row
  when (old.state <> new.state) execute function bump_version();

-- +goose Down
drop trigger proposals_version on proposals;
drop index qualifications_by_merchant;
drop trigger merchants_version on merchants;
alter table merchants drop column version, drop column website, drop column profile_url, drop column reseller_type,
  drop column open_orders, drop column last_invoice_on;
drop trigger members_version on members;
drop trigger members_settings_version on members;
drop index members_by_external_id;
alter table members drop column version, drop column settings_version, drop column external_id;
drop trigger services_version on services;
drop index services_by_name, services_by_external_id, services_to_match;
-- The one that is offered keeps the name.
update services set name = name || ' (' || id || ')' where removed_at is not null;
alter table services drop column version, drop column external_id, drop column folded, drop column languages, drop column removed_at,
  add constraint services_partner_id_name_key unique (partner_id, name);
drop trigger partners_version on partners;
drop index partners_search;
alter table partners drop column version, drop column access, drop column search;
drop function bump_version, bump_settings_version;
