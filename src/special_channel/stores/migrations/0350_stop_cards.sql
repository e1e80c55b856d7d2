-- A stop card has twelve letters that stop all keys of its owner, from any computer or by telephone.
-- The node keeps a salted hash; a card that was used or replaced is spent. Tries are counted by mail
-- address (its hash, since anybody may type anything) and by the client's address, in the database,
-- so that all processes count together. A right try stays until the keys are stopped, so that
-- neither a restart nor a log that signs nothing loses it.
CREATE TABLE desk.stop_cards (
    official  bigint PRIMARY KEY REFERENCES desk.officials,
    salt      bytea NOT NULL,
    digest    bytea NOT NULL,
    printed   timestamptz NOT NULL,
    spent     timestamptz
);

CREATE TABLE desk.stop_tries (
    id        bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at        timestamptz NOT NULL,
    mail      bytea NOT NULL,             -- SHA-256 of the mail address as typed
    client    text NOT NULL,
    official  bigint REFERENCES desk.officials,   -- whose card it was; null: of nobody
    since     timestamptz,
    done      timestamptz
);
CREATE INDEX stop_tries_mail ON desk.stop_tries (mail, at);
CREATE INDEX stop_tries_client ON desk.stop_tries (client, at);
CREATE INDEX stop_tries_right ON desk.stop_tries (id) WHERE official IS NOT NULL AND done IS NULL;
CREATE INDEX officials_mail ON desk.officials (lower(email));
GRANT SELECT, INSERT, UPDATE, DELETE ON desk.stop_cards, desk.stop_tries TO :"node";
