-- Most pages show the newest entries of a thread: their bounds are near its end. Steps from there
-- double until one is below the bound, and the bisection goes on from there.

CREATE OR REPLACE FUNCTION record.thread_entries_below(
    which text, in_thread text, ord_bound bigint, idx_bound bigint
) RETURNS bigint
LANGUAGE plpgsql STABLE SET search_path = pg_catalog AS $$
DECLARE
    low bigint := 0;
    high bigint;
    middle bigint;
    step bigint := 1;
    entry record;
BEGIN
    SELECT e.ordinal INTO high FROM record.entries AS e
    WHERE e.log = which AND e.thread = in_thread AND e.ordinal > 0
    ORDER BY e.ordinal DESC LIMIT 1;
    high := coalesce(high, 0);
    WHILE low < high LOOP
        middle := CASE WHEN low > 0 THEN (low + high + 1) / 2 ELSE greatest(high - step + 1, 1) END;
        step := step * 2;
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
