-- The report of one page as JSON text; a value comes out of a procedure through a variable only.
DECLARE performance_report STRING;
CALL {{ ref("analyze_creator_performance") }}(@page_name, @lookback_days, @as_of, performance_report);
SELECT performance_report;
