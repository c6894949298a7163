-- Asks one invariant, a query with one line of text per violation: counts all violations and keeps the first lines, row by
-- row, so that a million of them fill nobody's memory.
-- Locks: none, the function is new. Undo: DROP FUNCTION platform.ask_invariant.

CREATE FUNCTION platform.ask_invariant(query text, lines_max integer, OUT violations bigint, OUT lines text[])
LANGUAGE plpgsql STABLE AS $$
DECLARE
    line text;
BEGIN
    violations := 0;
    lines := '{}';
    FOR line IN EXECUTE query LOOP
        violations := violations + 1;
        IF violations <= lines_max THEN
            lines := array_append(lines, line);
        END IF;
    END LOOP;
END $$;
