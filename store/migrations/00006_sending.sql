-- +goose Up

-- The outbox at speed.
select 1;

-- +goose Down
select 1;
