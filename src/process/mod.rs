//! Moves and blocks become new blocks: a chain of processors in the order of the plan.

mod compressor;
mod dither;
mod dynamic_eq;
mod eq;
mod gain;
mod high_pass;
mod level_track;
pub mod limiter;
mod linear_eq;
mod meter;
mod multiband;
mod peak_track;
mod room;
mod side_eq;
mod soft_clip;
mod stage;
mod validate;
mod width;

pub use level_track::{BandChange, LevelTrack, Split};
pub use peak_track::PeakTrack;
pub use room::Room;
pub use validate::{allowed, allows, validate, validate_moves};

use crate::audio::Block;
use crate::error::{Error, Result};
use crate::model::{Applicability, Meter, Move};
use stage::{CHUNK, Stage};

/// Samples beyond ±120 dBFS are no audio: they are cut to it, so that no later arithmetic can overflow.
const GREATEST_SAMPLE: f32 = 1e6;

/// The processors of a plan's automatic moves, in order, with their latency trimmed:
/// as many frames come out as went in, at the same place in time.
///
/// The stream is processed in chunks of one length, whatever the length of the blocks: so blocks cannot matter.
/// A mono stream runs as both channels of a stereo one.
pub struct Chain {
    stages: Vec<(String, Box<dyn Stage>)>,
    moves: Vec<Move>,
    sample_rate_hz: u32,
    channels: usize,
    /// Frames that wait to fill a chunk.
    waiting: [Vec<f32>; 2],
    /// Processed frames that wait for the caller.
    ready: [Vec<f32>; 2],
    /// Processed frames to be dropped before the first true one.
    latency_left: usize,
    frames_in: u64,
    frames_out: u64,
}

impl Chain {
    /// A chain for a mono or stereo stream.
    ///
    /// # Errors
    /// Settings outside their range (naming move and key), and more than two channels.
    pub fn new(moves: &[Move], sample_rate_hz: u32, channels: usize) -> Result<Chain> {
        validate::at_rate(moves, sample_rate_hz)?;
        if !(1..=2).contains(&channels) {
            return Err(Error::usage(format!(
                "processing is for mono and stereo, this audio has {channels} channels; make a stereo downmix first"
            )));
        }
        let stages: Vec<_> = stage::build(moves, sample_rate_hz, channels);
        let latency_left = stages.iter().map(|(_, stage)| stage.latency()).sum();
        Ok(Chain {
            stages,
            moves: moves.to_vec(),
            sample_rate_hz,
            channels,
            waiting: Default::default(),
            ready: Default::default(),
            latency_left,
            frames_in: 0,
            frames_out: 0,
        })
    }

    /// Frames that the chain holds back before the first one comes out, without the filling of chunks.
    pub fn latency_frames(&self) -> usize {
        self.stages.iter().map(|(_, stage)| stage.latency()).sum()
    }

    /// Makes the chain as new, for another stream of the same kind.
    pub fn reset(&mut self) {
        self.stages = stage::build(&self.moves, self.sample_rate_hz, self.channels);
        self.waiting.iter_mut().chain(&mut self.ready).for_each(Vec::clear);
        self.latency_left = self.latency_frames();
        (self.frames_in, self.frames_out) = (0, 0);
    }

    /// Replaces the content of `block` by the frames that are ready; fewer, or none, until the latency is filled.
    pub fn process(&mut self, block: &mut Block) {
        debug_assert_eq!(block.channel_count(), self.channels, "a block of another layout");
        self.frames_in += block.frames() as u64;
        for (index, waiting) in self.waiting.iter_mut().enumerate() {
            waiting.extend(block.channel(index % self.channels).iter().map(|sample| sane(*sample)));
        }
        self.run_whole_chunks();
        self.hand_over(block, u64::MAX);
    }

    /// The frames that are still inside, after the last block.
    pub fn flush(&mut self) -> Block {
        let mut block = Block::empty(self.channels, self.sample_rate_hz);
        while self.frames_out + (self.ready[0].len() as u64) < self.frames_in {
            let padded = (self.waiting[0].len() + 1).next_multiple_of(CHUNK);
            self.waiting.iter_mut().for_each(|waiting| waiting.resize(padded, 0.0));
            self.run_whole_chunks();
        }
        self.hand_over(&mut block, self.frames_in - self.frames_out);
        self.ready.iter_mut().for_each(Vec::clear);
        for (_, stage) in &mut self.stages {
            if let Some(reduction) = stage.reduction_mut() {
                reduction.end_at(self.frames_in);
            }
        }
        block
    }

    /// What each applied move did so far.
    pub fn meters(&self) -> Vec<Meter> {
        let automatic = self.moves.iter().filter(|step| step.applicability == Applicability::Automatic);
        let meter = |step: &Move| {
            let stage = self.stages.iter().find(|(id, _)| *id == step.id);
            match stage.and_then(|(_, stage)| stage.reduction()) {
                Some(reduction) => reduction.meter(&step.id),
                None => Meter {
                    id: step.id.clone(),
                    gain_reduction_max_db: None,
                    gain_reduction_mean_db: None,
                    gain_reduction_db: Vec::new(),
                },
            }
        };
        automatic.map(meter).collect()
    }

    /// Processes what fills chunks, drops the latency and appends the rest to `ready`.
    fn run_whole_chunks(&mut self) {
        let whole = self.waiting[0].len() / CHUNK * CHUNK;
        let [left, right] = &mut self.waiting;
        for (left, right) in left[..whole].chunks_exact_mut(CHUNK).zip(right[..whole].chunks_exact_mut(CHUNK))
        {
            for (_, stage) in &mut self.stages {
                stage.process(left, right);
            }
        }
        let dropped = self.latency_left.min(whole);
        self.latency_left -= dropped;
        for (waiting, ready) in self.waiting.iter_mut().zip(&mut self.ready) {
            ready.extend_from_slice(&waiting[dropped..whole]);
            waiting.drain(..whole);
        }
    }

    /// Moves at most `most` ready frames into the block.
    fn hand_over(&mut self, block: &mut Block, most: u64) {
        let frames = usize::try_from(most).unwrap_or(usize::MAX).min(self.ready[0].len());
        for (out, ready) in block.channels_mut().iter_mut().zip(&mut self.ready) {
            out.clear();
            out.extend_from_slice(&ready[..frames]);
        }
        self.ready.iter_mut().for_each(|ready| {
            ready.drain(..frames);
        });
        block.start_frame = self.frames_out;
        self.frames_out += frames as u64;
    }
}

/// A sample as it is, unless it is absurd.
fn sane(sample: f32) -> f32 {
    if sample.is_nan() { 0.0 } else { sample.clamp(-GREATEST_SAMPLE, GREATEST_SAMPLE) }
}
