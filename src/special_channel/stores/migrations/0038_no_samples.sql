-- ANALYZE keeps samples of a column's values for the planner, where an erasure does not reach
-- them. Nobody searches by these columns, so there is nothing to plan.
ALTER TABLE record.parts ALTER COLUMN disclosure SET STATISTICS 0;
ALTER TABLE private.parts ALTER COLUMN disclosure SET STATISTICS 0;
ALTER TABLE record.file_chunks ALTER COLUMN bytes SET STATISTICS 0;
ALTER TABLE desk.clearances ALTER COLUMN parts SET STATISTICS 0;
ALTER TABLE desk.drafts ALTER COLUMN text SET STATISTICS 0;
