//! [`Block`]: planar f32 audio with its place in time. Audio flows as blocks; nothing holds a whole file.

/// A stretch of audio: planar f32, one vector per channel, all of one length. Values may exceed ±1.0.
#[derive(Debug, Clone, PartialEq)]
pub struct Block {
    channels: Vec<Vec<f32>>,
    sample_rate_hz: u32,
    /// Index of the first frame of this block in its stream.
    pub start_frame: u64,
}

impl Block {
    /// A silent block.
    pub fn silent(channels: usize, frames: usize, sample_rate_hz: u32) -> Block {
        Block { channels: vec![vec![0.0; frames]; channels], sample_rate_hz, start_frame: 0 }
    }

    /// An empty block to be filled by [`Block::clear`] and [`Block::channels_mut`].
    pub fn empty(channels: usize, sample_rate_hz: u32) -> Block {
        Block::silent(channels, 0, sample_rate_hz)
    }

    /// A block from its channels.
    ///
    /// # Panics
    /// In debug builds, where the channels differ in length: that is a bug of the caller.
    pub fn from_channels(channels: Vec<Vec<f32>>, sample_rate_hz: u32) -> Block {
        debug_assert!(
            channels.windows(2).all(|pair| pair[0].len() == pair[1].len()),
            "channels of one block have one length"
        );
        Block { channels, sample_rate_hz, start_frame: 0 }
    }

    /// Frames in this block (one frame = one sample of every channel).
    pub fn frames(&self) -> usize {
        self.channels.first().map_or(0, Vec::len)
    }

    /// Number of channels.
    pub fn channel_count(&self) -> usize {
        self.channels.len()
    }

    /// Sample rate of the stream.
    pub fn sample_rate_hz(&self) -> u32 {
        self.sample_rate_hz
    }

    /// The samples of one channel.
    pub fn channel(&self, index: usize) -> &[f32] {
        &self.channels[index]
    }

    /// The samples of one channel, to be changed.
    pub fn channel_mut(&mut self, index: usize) -> &mut [f32] {
        &mut self.channels[index]
    }

    /// All channels.
    pub fn channels(&self) -> &[Vec<f32>] {
        &self.channels
    }

    /// All channels; the caller keeps them of one length.
    pub fn channels_mut(&mut self) -> &mut [Vec<f32>] {
        &mut self.channels
    }

    /// Removes all frames and keeps the memory.
    pub fn clear(&mut self) {
        self.channels.iter_mut().for_each(Vec::clear);
    }

    /// Makes the block `frames` long: cuts it, or appends silence.
    pub fn resize(&mut self, frames: usize) {
        self.channels.iter_mut().for_each(|channel| channel.resize(frames, 0.0));
    }

    /// Drops the first `frames` frames; the start moves with them.
    pub fn drop_front(&mut self, frames: usize) {
        let frames = frames.min(self.frames());
        self.channels.iter_mut().for_each(|channel| {
            channel.drain(..frames);
        });
        self.start_frame += frames as u64;
    }

    /// A copy of the frames `from..to`, at its own place in time.
    pub fn slice(&self, from: usize, to: usize) -> Block {
        Block {
            channels: self.channels.iter().map(|channel| channel[from..to].to_vec()).collect(),
            sample_rate_hz: self.sample_rate_hz,
            start_frame: self.start_frame + from as u64,
        }
    }

    /// Appends the frames of another block of the same layout.
    pub fn append(&mut self, other: &Block) {
        for (own, new) in self.channels.iter_mut().zip(&other.channels) {
            own.extend_from_slice(new);
        }
    }
}
