-- The three roles of a node's database, and the database. Run once as a superuser:
--
--   psql --dbname=postgres --file=roles.sql
--   \password channel_owner        and so on: no password stands in a file
--
-- channel_owner  owns the tables; `special-channel migrate` and `found` use it, nothing that serves
-- channel_node   inserts into the logs, keeps views and work; cannot update or delete an entry
-- channel_link   as far as the shared logs go, the same; has no right on the private schema

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

-- A receipt rests on these three; they are the defaults, and must stay so.
ALTER DATABASE special_channel SET synchronous_commit = 'on';
\echo 'Check that these say on:'
SHOW fsync;
SHOW full_page_writes;
