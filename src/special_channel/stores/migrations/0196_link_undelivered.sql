-- Since when the other side's oldest entry is undelivered, by its own word, told with the rest of how
-- the link stands to the processes of this node that do not keep it.
ALTER TABLE work.link_state ADD COLUMN peer_undelivered timestamptz;
