//! An [`Analysis`](crate::model::Analysis) becomes [`Finding`](crate::model::Finding)s: a registry of checks, one
//! file each. Reads documents only, so that a saved analysis can be checked again without its audio.

mod band_out_of_profile;
mod bit_depth_off_delivery;
mod bright_spectrum;
mod channel_count_off_delivery;
mod channel_delay;
mod channel_imbalance;
mod clicks;
mod clipped_samples;
mod context;
mod cut_end;
mod cut_start;
mod dc_offset;
mod discontinuities;
mod documentation;
mod dropouts;
mod dull_spectrum;
mod fade_ends_early;
mod false_stereo;
mod flat_band;
mod high_noise_floor;
mod inter_sample_overs;
mod leading_silence;
mod length_mismatch;
mod lossy_source;
mod lossy_suspect;
mod loudness_out_of_profile;
mod loudness_range_out_of_profile;
mod low_bit_depth_mix;
mod low_dynamic_range;
mod low_end_out_of_profile;
mod low_level_file;
mod low_sample_rate;
mod mains_hum;
mod malformed_isrc;
mod missing_tags;
mod mono_cancellation;
mod mono_cancellation_in_band;
mod narrow_bandwidth;
mod narrower_than_profile;
mod negative_correlation;
mod no_headroom;
mod non_finite_samples;
mod odd_file_name;
mod off_target_loudness;
mod one_sided_silence;
mod out_of_phase_low_end;
mod over_limited;
mod padded_bits;
mod peak_to_loudness_out_of_profile;
mod polarity_inverted;
mod registry;
mod resonance;
mod sample_rate_off_delivery;
mod samples_over_full_scale;
mod section_jump;
mod short_term_over_limit;
mod sibilant_peaks;
mod silence_inside;
mod silent_file;
mod squashed_loud_parts;
mod stereo_bass_for_medium;
mod subsonic_rumble;
mod too_long;
mod too_short;
mod trailing_silence;
mod true_peak_over_ceiling;
mod truncated_file;
mod turned_down_at_playback;
mod uneven_band_level;
mod unlike_profile;
mod unused_headroom;
mod upsampled_suspect;
mod wider_than_profile;

pub use context::Context;
pub use documentation::{explain, markdown};
pub use registry::{Check, Findings, Selection, find, run, run_selected};

/// Families of checks: the letters of their codes, and what they are about.
pub const FAMILIES: &[(&str, &str)] = &[
    ("LOUD", "loudness"),
    ("PEAK", "peaks and clipping"),
    ("DYN", "dynamics"),
    ("TONE", "tone"),
    ("MONO", "the fold to mono"),
    ("STER", "the stereo image"),
    ("DEF", "defects"),
    ("ORIG", "where the audio came from, as far as it shows"),
    ("FILE", "file, format and names"),
];

/// Codes that were taken back, with the code that took their place. They are never reused.
pub const RETIRED: &[(&str, Option<&str>)] = &[];

/// All checks, in the order of the documentation.
pub static CHECKS: &[&Check] = &[
    &silent_file::CHECK,
    &off_target_loudness::CHECK,
    &loudness_range_out_of_profile::CHECK,
    &loudness_out_of_profile::CHECK,
    &section_jump::CHECK,
    &short_term_over_limit::CHECK,
    &low_level_file::CHECK,
    &turned_down_at_playback::CHECK,
    &silence_inside::CHECK,
    &true_peak_over_ceiling::CHECK,
    &clipped_samples::CHECK,
    &inter_sample_overs::CHECK,
    &no_headroom::CHECK,
    &samples_over_full_scale::CHECK,
    &unused_headroom::CHECK,
    &over_limited::CHECK,
    &peak_to_loudness_out_of_profile::CHECK,
    &squashed_loud_parts::CHECK,
    &flat_band::CHECK,
    &low_dynamic_range::CHECK,
    &uneven_band_level::CHECK,
    &band_out_of_profile::CHECK,
    &subsonic_rumble::CHECK,
    &resonance::CHECK,
    &dull_spectrum::CHECK,
    &bright_spectrum::CHECK,
    &sibilant_peaks::CHECK,
    &narrow_bandwidth::CHECK,
    &low_end_out_of_profile::CHECK,
    &unlike_profile::CHECK,
    &mono_cancellation::CHECK,
    &mono_cancellation_in_band::CHECK,
    &out_of_phase_low_end::CHECK,
    &stereo_bass_for_medium::CHECK,
    &channel_imbalance::CHECK,
    &false_stereo::CHECK,
    &one_sided_silence::CHECK,
    &polarity_inverted::CHECK,
    &channel_delay::CHECK,
    &wider_than_profile::CHECK,
    &narrower_than_profile::CHECK,
    &negative_correlation::CHECK,
    &dc_offset::CHECK,
    &clicks::CHECK,
    &dropouts::CHECK,
    &discontinuities::CHECK,
    &mains_hum::CHECK,
    &cut_start::CHECK,
    &cut_end::CHECK,
    &leading_silence::CHECK,
    &trailing_silence::CHECK,
    &high_noise_floor::CHECK,
    &fade_ends_early::CHECK,
    &lossy_suspect::CHECK,
    &upsampled_suspect::CHECK,
    &padded_bits::CHECK,
    &lossy_source::CHECK,
    &truncated_file::CHECK,
    &length_mismatch::CHECK,
    &non_finite_samples::CHECK,
    &sample_rate_off_delivery::CHECK,
    &bit_depth_off_delivery::CHECK,
    &channel_count_off_delivery::CHECK,
    &odd_file_name::CHECK,
    &missing_tags::CHECK,
    &too_short::CHECK,
    &low_sample_rate::CHECK,
    &malformed_isrc::CHECK,
    &low_bit_depth_mix::CHECK,
    &too_long::CHECK,
];
