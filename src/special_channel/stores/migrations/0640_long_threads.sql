-- Where a thread is cut into pages. Within one log the entries of a thread have ordinals from 1, and
-- index, display order and time of acceptance rise with the ordinal: each of these bounds is found
-- by bisection over the index of ordinals, whatever the length of the thread.

-- The number of a thread's entries in a log below a display order and below an index; null: no bound.
-- A lost entry has no row: the next one decides.
CREATE FUNCTION record.thread_entries_below(
    which text, in_thread text, ord_bound bigint, idx_bound bigint
) RETURNS bigint
LANGUAGE plpgsql STABLE SET search_path = pg_catalog AS $$
DECLARE
    low bigint := 0;
    high bigint;
    middle bigint;
    entry record;
BEGIN
    SELECT e.ordinal INTO high FROM record.entries AS e
    WHERE e.log = which AND e.thread = in_thread AND e.ordinal > 0
    ORDER BY e.ordinal DESC LIMIT 1;
    high := coalesce(high, 0);
    WHILE low < high LOOP
        middle := (low + high + 1) / 2;
        SELECT e.ordinal, e.ord, e.idx INTO entry FROM record.entries AS e
        WHERE e.log = which AND e.thread = in_thread AND e.ordinal > 0 AND e.ordinal >= middle
        ORDER BY e.ordinal LIMIT 1;
        IF entry.ordinal > high OR entry.ord >= ord_bound OR entry.idx >= idx_bound THEN
            high := middle - 1;
        ELSE
            low := entry.ordinal;
        END IF;
    END LOOP;
    RETURN low;
END $$;

-- The number of a thread's private entries that were accepted before a time.
CREATE FUNCTION private.thread_entries_before(in_thread text, bound text) RETURNS bigint
LANGUAGE plpgsql STABLE SET search_path = pg_catalog AS $$
DECLARE
    low bigint := 0;
    high bigint;
    middle bigint;
    entry record;
BEGIN
    SELECT e.ordinal INTO high FROM private.entries AS e
    WHERE e.log = 'private' AND e.thread = in_thread AND e.ordinal > 0
    ORDER BY e.ordinal DESC LIMIT 1;
    high := coalesce(high, 0);
    WHILE low < high LOOP
        middle := (low + high + 1) / 2;
        SELECT e.ordinal, e.accepted INTO entry FROM private.entries AS e
        WHERE e.log = 'private' AND e.thread = in_thread AND e.ordinal > 0 AND e.ordinal >= middle
        ORDER BY e.ordinal LIMIT 1;
        IF entry.ordinal > high OR entry.accepted >= bound THEN
            high := middle - 1;
        ELSE
            low := entry.ordinal;
        END IF;
    END LOOP;
    RETURN low;
END $$;

REVOKE ALL ON FUNCTION record.thread_entries_below(text, text, bigint, bigint),
    private.thread_entries_before(text, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION record.thread_entries_below(text, text, bigint, bigint),
    private.thread_entries_before(text, text) TO :"node";
