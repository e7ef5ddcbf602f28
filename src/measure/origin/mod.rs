//! Where the audio came from, as far as it shows.
//!
//! Nothing here is proof. A verdict rests on the decoded samples and on whether the codec keeps all of them, so the same
//! audio in WAV and in FLAC gets the same one.

mod agreement;
mod grid;
mod mp3;
mod wall;

use crate::audio::Block;
use crate::dsp::rechunk::Rechunker;
use crate::model::{Origin, Source, Tone};
use grid::GridFinder;
use wall::WallFinder;

/// Codecs that throw audio away; their files need no suspicion.
const LOSSY_CODECS: [&str; 12] =
    ["mp1", "mp2", "mp3", "aac", "vorbis", "opus", "ac3", "eac3", "wma", "adpcm", "alaw", "mulaw"];
/// Rates from here on may come from a lower one (88.2 kHz and up).
const HIGH_RATE_HZ: u32 = 88_200;
/// Nyquist frequencies of the rates that audio is raised from, where they lie well below its own; the highest first, above which
/// nothing is left of the lower ones.
const LOWER_NYQUIST_HZ: [f64; 4] = [48_000.0, 44_100.0, 24_000.0, 22_050.0];
const WELL_BELOW: f64 = 0.8;
/// Encoders cut between 14 and 20.5 kHz (`standards` §6: 128 kb/s about 16 kHz, 320 kb/s about 20 kHz).
const ENCODER_CUTS_HZ: std::ops::Range<f64> = 14_000.0..20_600.0;
/// Frames of audio that are looked at in one go.
const CHUNK: usize = 4096;

/// Looks for the marks of lossy coding and of raised sample rates in a stream.
pub struct OriginMeter {
    chunks: Rechunker,
    wall: WallFinder,
    grid: GridFinder,
    sample_rate_hz: u32,
}

impl OriginMeter {
    /// A meter for a stream.
    pub fn new(sample_rate_hz: u32, channels: usize) -> OriginMeter {
        OriginMeter {
            chunks: Rechunker::new(channels, CHUNK),
            wall: WallFinder::new(sample_rate_hz),
            grid: GridFinder::new(sample_rate_hz),
            sample_rate_hz,
        }
    }

    /// Takes in the next block, of any length.
    pub fn push(&mut self, block: &Block) {
        let OriginMeter { chunks, wall, grid, .. } = self;
        chunks.push(block.channels(), |chunk| push_front(wall, grid, chunk));
    }

    /// What was found. `lossy_suspect` is `None` for lossy codecs and where the audio is too short or too quiet to tell;
    /// `upsampled_suspect` is `None` below 88.2 kHz.
    pub fn finish(mut self, source: &Source, _tone: &Tone) -> Origin {
        push_front(&mut self.wall, &mut self.grid, self.chunks.rest());
        let mut origin = Origin { padded_bits: padded_bits(source), ..Origin::default() };
        if let Some(padded) = origin.padded_bits {
            let carried = source.effective_bits.unwrap_or_default();
            origin.evidence.push(format!(
                "the lowest {padded} bits of every sample are zero: {carried} bits carry signal"
            ));
        }
        let lossless = !LOSSY_CODECS.iter().any(|codec| source.codec.eq_ignore_ascii_case(codec));
        if self.wall.frames() == 0 || !lossless {
            return origin;
        }
        let wall = self.wall.wall();
        if self.sample_rate_hz >= HIGH_RATE_HZ {
            let nyquist_hz = f64::from(self.sample_rate_hz) / 2.0;
            let lower = LOWER_NYQUIST_HZ
                .into_iter()
                .filter(|lower_hz| *lower_hz < WELL_BELOW * nyquist_hz)
                .find_map(|lower_hz| Some((lower_hz, self.wall.fall_at(lower_hz)?)));
            origin.upsampled_suspect = Some(lower.is_some());
            if let Some((lower_hz, fall_db)) = lower {
                origin.evidence.push(format!(
                    "the spectrum falls by {fall_db:.0} dB below {:.2} kHz and holds nothing above, as after conversion from {:.1} kHz",
                    lower_hz / 1000.0,
                    2.0 * lower_hz / 1000.0
                ));
            }
        }
        let cut = wall.filter(|wall| ENCODER_CUTS_HZ.contains(&wall.edge_hz));
        let grid = self.grid.grid();
        let grid_found = grid.is_some();
        // A wall is what any steep low-pass leaves: it says something beside a grid, and nothing alone.
        origin.lossy_suspect = Some(grid.is_some());
        if let Some(grid) = grid {
            origin.evidence.push(format!(
                "in {} of {} places, coefficients are zero on the frame grid of {}, and on no other",
                grid.places, grid.looked_at, grid.coder
            ));
        }
        if let Some(wall) = cut {
            origin.evidence.push(format!(
                "the spectrum falls by {:.0} dB within 500 Hz at {:.1} kHz in {:.0} % of the frames, and nothing is left above, as after {}",
                wall.drop_db,
                wall.edge_hz / 1000.0,
                100.0 * wall.share,
                if grid_found { "lossy coding" } else { "lossy coding or a steep low-pass: no verdict by itself" }
            ));
        }
        origin
    }
}

fn push_front(wall: &mut WallFinder, grid: &mut GridFinder, chunk: &[Vec<f32>]) {
    if let Some(left) = chunk.first() {
        grid.push(left, chunk.get(1).map(Vec::as_slice));
        wall.push(left, chunk.get(1).map(Vec::as_slice));
    }
}

/// Bits that the format has and the audio does not use; `None` where that cannot be told or there are none.
fn padded_bits(source: &Source) -> Option<u16> {
    let padded = source.bits?.checked_sub(source.effective_bits?)?;
    (padded > 0 && source.effective_bits? > 0).then_some(padded)
}
