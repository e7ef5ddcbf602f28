//! Chunks of one fixed length from pieces of any length, so that no result depends on the pieces.

/// Collects planar audio and hands it on in chunks of one length.
pub struct Rechunker {
    channels: Vec<Vec<f32>>,
    length: usize,
}

impl Rechunker {
    /// Chunks of `length` frames (at least 1) of `channels` channels.
    pub fn new(channels: usize, length: usize) -> Rechunker {
        let length = length.max(1);
        Rechunker { channels: vec![Vec::with_capacity(length); channels], length }
    }

    /// Takes in the next piece, and calls `chunk` for every chunk that is full.
    pub fn push(&mut self, piece: &[Vec<f32>], mut chunk: impl FnMut(&[Vec<f32>])) {
        let frames = piece.first().map_or(0, Vec::len);
        // Pieces that already are chunks need no copy: the decoder's blocks, throughout.
        if frames == self.length && self.rest_frames() == 0 {
            return chunk(piece);
        }
        let mut at = 0;
        while at < frames {
            let filled = self.channels.first().map_or(0, Vec::len);
            let take = (self.length - filled).min(frames - at);
            for (own, new) in self.channels.iter_mut().zip(piece) {
                own.extend_from_slice(&new[at..at + take]);
            }
            at += take;
            if filled + take == self.length {
                chunk(&self.channels);
                self.channels.iter_mut().for_each(Vec::clear);
            }
        }
    }

    /// What has come since the last full chunk.
    pub fn rest(&self) -> &[Vec<f32>] {
        &self.channels
    }

    /// Frames since the last full chunk.
    pub fn rest_frames(&self) -> usize {
        self.channels.first().map_or(0, Vec::len)
    }
}
