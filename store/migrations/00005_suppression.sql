-- +goose Up

-- Addresses that take no mail, and what brought them there.
select 1;

-- +goose Down
select 1;
