//! The order of things: decode, measure, compare, check, advise, process, encode, measure again, report.
