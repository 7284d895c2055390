-- +goose Up

-- How much was sent by whom, where a bound spans processes.
select 1;

-- +goose Down
select 1;
