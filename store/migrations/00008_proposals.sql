-- +goose Up

-- What a partner offers to a merchant, what is being done, and what it costs. Each
-- belongs to a conversation and says in its state and times what was done to it.
create table proposals (
  id              bigint generated always as identity primary key,
  conversation_id bigint not null references conversations,
  member_id       bigint not null references members, -- who wrote it
  state           text not null default 'draft' check (state in ('draft', 'sent', 'accepted', 'declined', 'withdrawn', 'closed')),
  work            text not null,
  amount          bigint not null check (amount >= 0), -- in the currency's smallest units
  currency        text not null check (currency ~ '^[A-Z]{3}$'),
  milestones      jsonb not null default '[]', -- of tradepost.Milestone
  terms           text not null default '',
  days            integer not null default 0 check (days >= 0),
  version         integer not null default 1, -- counts changes of a draft
  created_at      timestamptz not null default clock_timestamp(),
  sent_at         timestamptz,
  message_period  date, -- that sent it
  message_id      bigint,
  ended_at        timestamptz,
  ended_by        bigint references members, -- null = the merchant, or a block
  foreign key (message_period, message_id) references messages (period, id),
  check ((message_id is null) = (sent_at is null)),
  check (state not in ('sent', 'accepted', 'declined') or sent_at is not null),
  check ((state in ('draft', 'sent')) = (ended_at is null))
);
create index proposals_by_conversation on proposals (conversation_id, id);
create unique index proposals_by_message on proposals (message_period, message_id) where message_id is not null;

create table jobs (
  id              bigint generated always as identity primary key,
  conversation_id bigint not null references conversations,
  proposal_id     bigint unique references proposals, -- null = asked for by the conversation's first message
  state           text not null default 'open' check (state in ('open', 'completed', 'declined', 'closed')),
  opened_at       timestamptz not null default clock_timestamp(),
  ended_at        timestamptz,
  ended_by        bigint references members, -- null = a block
  check ((state = 'open') = (ended_at is null))
);
create index jobs_by_conversation on jobs (conversation_id, id);
create unique index jobs_of_request on jobs (conversation_id) where proposal_id is null;

create table invoices (
  id              bigint generated always as identity primary key,
  conversation_id bigint not null references conversations, -- the job's
  job_id          bigint not null references jobs,
  member_id       bigint not null references members, -- who wrote it
  number          text not null,
  amount          bigint not null check (amount >= 0),
  currency        text not null check (currency ~ '^[A-Z]{3}$'),
  due_on          date,
  state           text not null default 'open' check (state in ('open', 'paid', 'closed')),
  created_at      timestamptz not null default clock_timestamp(),
  ended_at        timestamptz,
  check ((state = 'open') = (ended_at is null))
);
create index invoices_by_conversation on invoices (conversation_id, id);
create index invoices_by_job on invoices (job_id);

-- +goose Down
drop table invoices, jobs, proposals;
