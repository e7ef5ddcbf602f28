//! A DDP file set from the continuous file of a disc; read back before it is called done.

use crate::album::{IMAGE_NAME, ddp_descriptors, image_sectors, read_ddp};
use crate::audio::Block;
use crate::decode::Decoder;
use crate::encode::{RawWriter, md5_of};
use crate::error::{Error, Result};
use crate::model::{Album, write_bytes, write_text};
use std::path::{Path, PathBuf};

/// Stereo frames of a sector.
const SECTOR_FRAMES: u64 = 588;

/// Sectors of the pause before the first track.
const FIRST_PAUSE: u64 = 150;

/// Name of the list of checksums.
const SUMS: &str = "CHECKSUM.MD5";

/// All files of a set in its folder.
pub(super) fn files(album: &Album, folder: &Path) -> Vec<PathBuf> {
    let descriptors = ddp_descriptors(album).into_iter().map(|(name, _)| name);
    descriptors.chain([IMAGE_NAME, SUMS]).map(|name| folder.join(name)).collect()
}

/// Writes a set from the continuous file, which is 44.1 kHz, 16 bit, stereo.
pub(super) fn write(album: &Album, image: &Path, folder: &Path, force: bool) -> Result<()> {
    let mut decoder = Decoder::open(image)?;
    let mut block = Block::empty(decoder.channel_count(), decoder.sample_rate_hz());
    let mut raw = RawWriter::create(&folder.join(IMAGE_NAME), decoder.channel_count(), force)?;
    raw.silence(FIRST_PAUSE * SECTOR_FRAMES)?;
    while decoder.read(&mut block)? {
        raw.write(&block)?;
    }
    let whole = image_sectors(album) * SECTOR_FRAMES;
    // The programme ends where its last song does, rounded up to a sector.
    raw.silence(whole.saturating_sub(raw.frames()))?;
    if raw.frames() != whole {
        let reason = format!("the image has {} frames, its descriptors say {whole}", raw.frames());
        return Err(Error::unsupported(image, reason));
    }
    raw.finish()?;
    let mut sums = format!("{} *{IMAGE_NAME}\n", md5_of(&folder.join(IMAGE_NAME))?);
    for (name, bytes) in ddp_descriptors(album) {
        write_bytes(&folder.join(name), &bytes)?;
        sums += &format!("{} *{name}\n", md5_of(&folder.join(name))?);
    }
    write_text(&folder.join(SUMS), &sums)?;
    let read = |name: &str| {
        ddp_descriptors(album).into_iter().find(|(other, _)| *other == name).map(|(_, bytes)| bytes)
    };
    let disc = read_ddp(&read).map_err(|reason| Error::unsupported(folder, reason))?;
    debug_assert_eq!(disc.tracks.len(), album.order.len());
    Ok(())
}
