#![doc = include_str!("../README.md")]
//!
//! # The story, and the rooms it happens in
//!
//! 1. [`decode`]   a file becomes [`audio::Block`]s
//! 2. [`measure`]  blocks become a [`model::Analysis`]
//! 3. [`compare`]  an analysis and a [`model::Profile`] become [`model::Deviation`]s
//! 4. [`checks`]   an analysis becomes [`model::Finding`]s
//! 5. [`advise`]   deviations and findings become a [`model::Plan`]
//! 6. [`process`]  a plan and blocks become new blocks; [`encode`] writes them, and they are decoded and
//!    measured again: a [`model::Render`]
//!    [`export`] hands the plan to other tools instead
//! 7. [`album`]    many songs become a [`model::Album`]: levels, order, joints
//! 8. [`preview`]  an analysis becomes a [`model::Preview`]: services, devices
//! 9. [`report`]   all of it becomes one HTML page and PNGs
//! 10. [`catalogue`] remembers the rows of thousands of files ([`model::ScanRow`]) and the versions of songs
//!
//! Only [`pipeline`] knows this order; every other room knows [`model`] and what lies below it.

pub mod units;

pub mod error;

pub mod audio;

pub mod model;

pub mod dsp;

pub mod decode;

pub mod encode;

pub mod measure;

pub mod selftest;

pub mod profiles;

pub mod compare;

pub mod checks;

pub mod advise;

pub mod album;

pub mod process;

pub mod export;

pub mod stems;

pub mod preview;

pub mod report;

pub mod demo;

pub mod catalogue;

pub mod pipeline;

pub mod cli;
