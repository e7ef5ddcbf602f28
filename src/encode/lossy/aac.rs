//! AAC-LC in MP4, by an installed `ffmpeg` that gets the samples through a pipe.

use super::{Coded, Encoder};
use crate::encode::codec::ffmpeg;
use std::io::{self, Read, Write};
use std::path::Path;
use std::process::{Child, Command, Stdio};

/// Most bytes kept of what ffmpeg says.
const SAID_BYTES: u64 = 4096;

pub(super) struct Aac {
    child: Child,
    bytes: Vec<u8>,
}

impl Aac {
    pub(super) fn start(coded: Coded, path: &Path) -> io::Result<Aac> {
        let ffmpeg = ffmpeg().ok_or_else(|| io::Error::other("no ffmpeg on the PATH"))?;
        let child = Command::new(ffmpeg)
            .args(["-nostdin", "-hide_banner", "-loglevel", "error", "-y", "-f", "f32le"])
            .args(["-ar", &coded.sample_rate_hz.to_string(), "-ac", &coded.channels.to_string()])
            .args(["-i", "pipe:0", "-c:a", "aac", "-b:a", &format!("{}k", coded.kbps)])
            // No version, no date: the same audio gives the same bytes.
            .args(["-map_metadata", "-1", "-fflags", "+bitexact", "-flags:a", "+bitexact"])
            .args(["-movflags", "+faststart", "-f", "ipod"])
            .arg(path)
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()?;
        Ok(Aac { child, bytes: Vec::new() })
    }

    /// Ends ffmpeg and hands on what it said.
    fn end(&mut self) -> io::Result<()> {
        drop(self.child.stdin.take());
        let mut said = String::new();
        if let Some(stderr) = self.child.stderr.take() {
            stderr.take(SAID_BYTES).read_to_string(&mut said)?;
        }
        let status = self.child.wait()?;
        let last = said.lines().next_back().unwrap_or("no reason given");
        if status.success() { Ok(()) } else { Err(io::Error::other(format!("ffmpeg: {last}"))) }
    }
}

impl Encoder for Aac {
    fn push(&mut self, channels: &[&[f32]]) -> io::Result<()> {
        let frames = channels.first().map_or(0, |channel| channel.len());
        self.bytes.clear();
        for i in 0..frames {
            channels.iter().for_each(|channel| self.bytes.extend(channel[i].to_le_bytes()));
        }
        let written = self.child.stdin.as_mut().map_or(Ok(()), |stdin| stdin.write_all(&self.bytes));
        // A broken pipe is the end of ffmpeg, which has said why.
        written.or_else(|error| self.end().and(Err(error)))
    }

    fn finish(mut self: Box<Self>) -> io::Result<()> {
        self.end()
    }
}

impl Drop for Aac {
    fn drop(&mut self) {
        drop(self.child.stdin.take());
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
