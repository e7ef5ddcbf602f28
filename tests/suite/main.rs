//! One test binary: the guards of the house, the standards, the invariances, the contracts.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::print_stdout,
    clippy::print_stderr,
    missing_docs,
    unreachable_pub,
    reason = "a test may panic and say that it was skipped, and nobody imports it"
)]

mod eel;
mod signals;
mod song;
mod tonal_song;

mod advise;
mod album;
mod album_delivery;
mod album_order;
mod album_plan;
mod album_takes;
mod album_written;
mod architecture;
mod checks;
mod cli;
mod codecs;
mod compare;
mod containers;
mod corpus;
mod decode;
mod defects;
mod demo;
mod disks;
mod documents;
mod encode;
mod export;
mod files;
mod fuzz;
mod genre_tables;
mod hum;
mod invariance;
mod judgement;
mod library;
mod mp3_coder;
mod music;
mod origin;
mod peaks;
mod pictures;
mod pipeline;
mod plans;
mod preview;
mod processors;
mod profiles;
mod report;
mod report_pages;
mod report_song;
mod resample;
mod revisions;
mod scan;
mod scan_trouble;
mod sections;
mod selftest;
mod standards;
mod stems;
mod stems_checks;
mod stems_cli;
mod stems_states;
mod stems_together;
mod supply_chain;
mod tone;
mod trials;
mod trouble;
mod watch;
mod whole;
