-- The three roles of a node's database, and the database. Run once as a superuser:
--
--   psql --dbname=postgres --file=roles.sql
--   \password channel_owner        and so on: no password is in a file
--
-- channel_owner  owns the tables; used by `special-channel migrate`, `found` and `repair`, never by a service
-- channel_node   inserts into the logs, changes views and work tables; cannot update or delete an entry
-- channel_link   the same on the shared logs; has no rights on the private schema

CREATE ROLE channel_owner LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS;
CREATE ROLE channel_node LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS
    CONNECTION LIMIT 40;
CREATE ROLE channel_link LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS
    CONNECTION LIMIT 20;

CREATE DATABASE special_channel
    OWNER channel_owner ENCODING 'UTF8' LOCALE 'C' TEMPLATE template0;

REVOKE ALL ON DATABASE special_channel FROM PUBLIC;
GRANT CONNECT ON DATABASE special_channel TO channel_node, channel_link;

\connect special_channel
REVOKE CREATE ON SCHEMA public FROM PUBLIC;
GRANT CREATE ON SCHEMA public TO channel_owner;

-- Receipts depend on these three settings; they are the defaults, and must not be changed.
ALTER DATABASE special_channel SET synchronous_commit = 'on';
\echo 'Check that these say on:'
SHOW fsync;
SHOW full_page_writes;
