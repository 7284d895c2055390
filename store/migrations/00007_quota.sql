-- +goose Up

-- How many letters of a day of the warm-up processes have taken for themselves.
create table warmup_days (
  day   date primary key, -- of UTC
  taken integer not null check (taken >= 0)
);

-- +goose Down
drop table warmup_days;
